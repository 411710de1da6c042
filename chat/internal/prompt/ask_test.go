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
	for _, no := range []string{"n", "N", "xn", "\r", "\x1b", "\x03"} {
		c.keys("one\x1b\rtwo\r")
		c.wantRows("Send 2 lines? [y/N]")
		c.keys(no)
		c.wantRows("> one␤two")
		c.keys("\x15")
	}
	for _, yes := range []string{"y", "Y", "xy"} {
		c.keys("one\x1b\rtwo\r")
		c.wantRows("Send 2 lines? [y/N]")
		c.keys(yes)
		c.wantLine("one\ntwo")
		c.wantRows(">")
	}
	c.close()
}

// A question ends with the input. Other keys are passed over, but Ctrl-Z is not.
func TestAskedAtTheEnd(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("one\x1b\rtwo\rhalf\x1a")
	c.wantOutput(leaveModes)
	c.wantRows("Send 2 lines? [y/N]")
	if err := c.cmd.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.report("end")
	c.close()
}
