package harness

import (
	"errors"
	"net"
	"testing"
	"time"
)

const patience = 60 * time.Second

// TestChatd: chatd is started again where it was, dies when killed, stops when asked,
// and says why it does not start.
func TestChatd(t *testing.T) {
	program, err := Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c, err := StartChatd(program, t.TempDir(), "127.0.0.1:0", "--rate", "0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Kill() })
	first := c.Address
	c.Kill()
	if c.ExitCode() != Killed {
		t.Errorf("killed: exit code %d", c.ExitCode())
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", first)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := c.Stop(patience); err != nil {
		t.Error(err)
	}
	var early *EarlyEnd
	if _, err := StartChatd(program, t.TempDir(), "127.0.0.1:0", "--no-such-flag"); !errors.As(err, &early) || early.Code != 2 {
		t.Errorf("a wrong flag: %v", err)
	}
}
