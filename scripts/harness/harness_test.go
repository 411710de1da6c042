package harness

import (
	"errors"
	"testing"
	"time"

	"linechat/chatd/proto"
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
	talk(t, first)
	if err := c.Stop(patience); err != nil {
		t.Error(err)
	}
	var early *EarlyEnd
	if _, err := StartChatd(program, t.TempDir(), "127.0.0.1:0", "--no-such-flag"); !errors.As(err, &early) || early.Code != 2 {
		t.Errorf("a wrong flag: %v", err)
	}
}

// talk has a client greeted, answered and refused.
func talk(t *testing.T, address string) {
	c, err := Dial(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.Timeout = patience
	if err := c.Hello(); err != nil {
		t.Fatal(err)
	}
	answer, err := c.Ask("HELP PING")
	if err != nil || len(answer) != 2 || answer[0].Type != proto.HELP {
		t.Errorf("HELP is answered %v, %v", answer, err)
	}
	var refusal *proto.Error
	if _, err := c.Ask("JOIN nowhere"); !errors.As(err, &refusal) || refusal.Code != proto.NoSuchRoom {
		t.Errorf("JOIN of no room: %v", err)
	}
}
