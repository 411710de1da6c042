package harness

import (
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"
)

const patience = 60 * time.Second

// TestChatd: chatd says where it listens, stops when asked, dies when killed, and
// says why it does not start.
func TestChatd(t *testing.T) {
	program, log := filepath.Join(t.TempDir(), "chatd.exe"), filepath.Join(t.TempDir(), "log")
	if err := Build(t.Context(), program); err != nil {
		t.Fatal(err)
	}
	start := func(args ...string) *Process {
		p, err := Start(log, append([]string{program, "--memory"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Kill)
		return p
	}
	first, second := start("--listen", "127.0.0.1:0"), start("--listen", "127.0.0.1:0")
	for _, p := range []*Process{first, second} {
		address, err := p.Listening(t.Context(), patience)
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	if err := first.Stop(patience); err != nil {
		t.Error(err)
	}
	second.Kill()
	if second.ExitCode() != Killed {
		t.Errorf("killed: exit code %d", second.ExitCode())
	}
	var early *EarlyEnd
	if _, err := start("--no-such-flag").Listening(t.Context(), patience); !errors.As(err, &early) || early.Code != 2 {
		t.Errorf("a wrong flag: %v", err)
	}
}
