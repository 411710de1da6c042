//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A question takes the place of the half-typed line, which then comes back.
func TestAsk(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("half")
	c.wantRows("> half")
	for _, test := range []struct {
		keys string
		want bool
	}{{"xy", true}, {"Y", true}, {"n", false}, {"\r", false}, {"\x1b", false}, {"\x03", false}} {
		c.order(order{Do: "ask", Text: "Really? "})
		c.wantRows("Really?")
		c.keys(test.keys)
		if r := c.report("answer"); r.Yes != test.want {
			t.Errorf("%q: answer %v", test.keys, r.Yes)
		}
		c.wantRows("> half")
	}
	c.keys("\x01X\r")
	c.wantLine("Xhalf")
	c.close()
}

// Questions asked at once are put one after the other, and end with the input.
func TestAskTwice(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.order(order{Do: "ask", Text: "Really?"})
	c.order(order{Do: "ask", Text: "Really?"})
	c.wantRows("Really?")
	c.keys("y")
	if r := c.report("answer"); !r.Yes {
		t.Error("not answered")
	}
	c.wantRows("Really?")
	c.keys("half\x1a") // keys but y and n are passed over, Ctrl-Z is not
	c.wantRows("Really?")
	if err := c.cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r := <-c.reports; r.What != "end" && (r.What != "answer" || r.Yes) {
			t.Errorf("report %+v", r)
		}
	}
	c.close()
}

// A secret is not shown.
func TestAskSecret(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.order(order{Do: "secret", Text: "Password: "})
	c.wantRows("Password:")
	c.keys("wrong\x15pasx\x7fs \x1b[A\x1b[200~wörd\n\x1b[201~\r")
	if r := c.report("answer"); !r.Yes || r.Text != "pass wörd" {
		t.Errorf("answer %v, %q", r.Yes, r.Text)
	}
	c.wantRows(">")
	c.order(order{Do: "secret", Text: "Password: "})
	c.wantRows("Password:")
	c.keys("x\x03")
	if r := c.report("answer"); r.Yes {
		t.Error("declined, but answered")
	}
	c.close()
}
