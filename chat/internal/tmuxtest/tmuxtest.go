// Package tmuxtest runs programs in tmux for tests: a terminal that knows wide
// characters, wraps rows anew when it is resized, and has a scrollback.
package tmuxtest

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// patience is how long anything that must happen may take.
const patience = 60 * time.Second

// A Terminal is one window of a tmux of its own.
type Terminal struct {
	t      testing.TB
	server string
	env    []string
}

var servers atomic.Int32

// Start starts a program in a window of such a size, with env as its
// environment but for TERM; it ends with the test. Where the test fails, its
// screen is shown.
func Start(t testing.TB, columns, rows int, env []string, command ...string) *Terminal {
	t.Helper()
	m := &Terminal{t: t, server: fmt.Sprintf("test-%d-%d", os.Getpid(), servers.Add(1)), env: env}
	args := []string{"-f", "/dev/null", "start-server", ";",
		"set", "-g", "status", "off", ";", "set", "-g", "history-limit", "20000", ";", "set", "-g", "remain-on-exit", "on", ";",
		"set", "-g", "default-terminal", "tmux-256color", ";", "set", "-gs", "escape-time", "0", ";",
		"new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(rows)}
	m.Run(append(args, command...)...)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("screen:\n%s", strings.Join(m.Screen(), "\n"))
		}
		_ = m.command("kill-server").Run()
	})
	return m
}

func (m *Terminal) command(args ...string) *exec.Cmd {
	cmd := exec.Command("tmux", append([]string{"-u", "-L", m.server}, args...)...)
	cmd.Env = append(slices.Clone(m.env), "TERM=xterm-256color")
	return cmd
}

// Run has tmux do something, and returns what it prints.
func (m *Terminal) Run(args ...string) string {
	m.t.Helper()
	out, err := m.command(args...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Keys types keys by their names in tmux, and text that is none.
func (m *Terminal) Keys(names ...string) {
	m.t.Helper()
	m.Run(append([]string{"send-keys"}, names...)...)
}

// Text types text as it is.
func (m *Terminal) Text(text string) {
	m.t.Helper()
	m.Run("send-keys", "-l", text)
}

// Paste pastes text as a terminal does that brackets it.
func (m *Terminal) Paste(text string) {
	m.t.Helper()
	m.Run("set-buffer", text, ";", "paste-buffer", "-p", "-r")
}

// Screen is the rows of the screen, up to the last that is not empty.
func (m *Terminal) Screen() []string { return rowsOf(m.Run("capture-pane", "-p")) }

// All is the scrollback and the screen, with rows that were wrapped joined.
func (m *Terminal) All() []string { return rowsOf(m.Run("capture-pane", "-p", "-J", "-S", "-")) }

func rowsOf(s string) []string {
	rows := strings.Split(s, "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// Await looks at the screen until it is as ok says.
func (m *Terminal) Await(what string, ok func(rows []string) bool) {
	m.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		rows := m.Screen()
		if ok(rows) {
			return
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("the screen never has %s; it is\n%s", what, strings.Join(rows, "\n"))
		}
	}
}

// Want waits until the screen's last rows are these.
func (m *Terminal) Want(rows ...string) {
	m.t.Helper()
	m.Await("\n"+strings.Join(rows, "\n")+"\n", func(screen []string) bool {
		return len(screen) >= len(rows) && slices.Equal(screen[len(screen)-len(rows):], rows)
	})
}

// WantCursor waits until the cursor is in that column.
func (m *Terminal) WantCursor(column int) {
	m.t.Helper()
	m.Await(fmt.Sprint("the cursor in column ", column), func([]string) bool {
		return strings.TrimSpace(m.Run("display-message", "-p", "#{cursor_x}")) == strconv.Itoa(column)
	})
}
