//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"bytes"
	"testing"
)

// TestAskSecret: a question takes the place of the prompt and of what is typed at it, also
// where that was typed before the question came, while lines are printed. It is nowhere on
// the screen, and not what Up brings back.
func TestAskSecret(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{Secret: true}, 60, 10)
	c.keys("/login alice\rs3c")
	c.wantRows("Password:")
	c.do("print", "a message")
	c.wantRows("a message", "Password:")
	c.keys("ret\r")
	if r := c.report("line"); r.Line.Text != "/login alice" || r.Line.Secret != "s3cret" {
		t.Errorf("entered: %+v", r.Line)
	}
	c.wantRows("a message", ">")
	c.keys("\x10")
	c.wantLast("> /login alice") // here all lines are remembered
	c.keys("\x15")
	c.mu.Lock()
	if bytes.Contains(c.output, []byte("s3c")) || bytes.Contains(c.output, []byte("ret")) {
		t.Errorf("the secret was shown: %q", c.output)
	}
	c.mu.Unlock()
	c.close()
}

// TestAskSecretTwice: a new secret is typed twice, and asked for again where the two differ,
// so that it is not typed where it shows. Where the person gives up, the line is edited on.
func TestAskSecretTwice(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{Secret: true}, 60, 10)
	for _, keys := range []string{"one\rother\r\x03", "one\r\x03", "\x1b"} {
		c.keys("/passwd\r" + keys)
		c.wantLast("> /passwd")
		c.keys("\x15")
		c.wantLast(">")
	}
	c.keys("/passwd\rone\rother\r")
	c.wantLast("Not the same. New password:")
	c.keys("one\rone\rnext\r")
	if r := c.report("line"); r.Line.Text != "/passwd" || r.Line.Secret != "one" {
		t.Errorf("entered: %+v", r.Line)
	}
	c.wantLine("next")
	c.close()
}
