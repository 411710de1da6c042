//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Whichever way the program ends, in the middle of a line and of a thousand
// messages a second, the terminal is as it was found. After kill -9 it is as
// stty sane leaves one.
func TestWaysOut(t *testing.T) {
	signal := func(s syscall.Signal) func(*tmux) {
		return func(m *tmux) { _ = unix.Kill(m.pid, s) }
	}
	for name, end := range map[string]func(*tmux){
		"close":        func(m *tmux) { m.order(order{Do: "close"}) },
		"Ctrl-C twice": func(m *tmux) { m.Keys("C-c", "C-c", "C-c") },
		"Ctrl-D":       func(m *tmux) { m.Keys("C-u", "C-k", "C-d") },
		"panic":        func(m *tmux) { m.order(order{Do: "panic", Text: "at the disco"}) },
		"SIGINT":       signal(unix.SIGINT),
		"SIGQUIT":      signal(unix.SIGQUIT),
		"SIGTERM":      signal(unix.SIGTERM),
		"SIGHUP":       signal(unix.SIGHUP),
		"SIGKILL":      signal(unix.SIGKILL),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			m := startTmux(t, setup{Status: true, Focus: true}, 60, 10,
				"cd "+dir+`; stty -g >before; "$HELPER" 2>panic; stty -g >after; stty sane; echo over; cat`)
			m.Text("half-typed")
			m.order(order{Do: "flood", Text: "message %", Count: 1 << 20, Every: time.Millisecond})
			m.Await("half-typed", func(rows []string) bool {
				return len(rows) > 8 && rows[len(rows)-1] == "> half-typed"
			})
			end(m)
			m.wantOver(name != "SIGKILL")
			if name != "SIGKILL" {
				wantSame(t, filepath.Join(dir, "before"), filepath.Join(dir, "after"))
			}
		})
	}
}

// wantOver waits for the program's end, and looks at what it has left behind.
func (m *tmux) wantOver(clean bool) {
	m.t.Helper()
	for r := range m.reports {
		if r.What == "end" && clean {
			_ = m.send(order{Do: "close"})
		}
	}
	m.Await("over, and no prompt", func(rows []string) bool {
		for _, row := range rows {
			if clean && (strings.HasPrefix(row, ">") || strings.Contains(row, "half-typed")) {
				return false
			}
		}
		return len(rows) > 0 && strings.TrimSpace(rows[len(rows)-1]) == "over"
	})
	flags := "#{cursor_flag} #{wrap_flag} #{scroll_region_upper}-#{scroll_region_lower} #{alternate_on} #{mouse_any_flag} #{keypad_cursor_flag}"
	if got := strings.TrimSpace(m.Run("display-message", "-p", flags)); got != "1 1 0-9 0 0 0" {
		m.t.Errorf("cursor, wrap, scroll region, other screen, mouse and cursor keys are %s", got)
	}
	m.Text("typed")
	m.Want("typed")
	if clean {
		m.Run("set-buffer", " and pasted", ";", "paste-buffer", "-p")
		m.Want("typed and pasted")
	}
}

func wantSame(t *testing.T, before, after string) {
	t.Helper()
	a, _ := os.ReadFile(before)
	b, _ := os.ReadFile(after)
	if len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("the terminal's mode was %s and is %s", a, b)
	}
}
