//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"linechat/chat/internal/tmuxtest"
)

// A tmuxSession is somebody who chats at a terminal.
type tmuxSession struct {
	*tmuxtest.Terminal
	t   testing.TB
	dir string // with the file pid, and state, which has what is kept
}

// tmux starts chat as alice, unless the arguments have another nick. When it
// ends, its exit code is shown, and whether the terminal is as it was before.
func (d *daemon) tmux(columns, rows int, args ...string) *tmuxSession {
	d.t.Helper()
	return d.tmuxWith(nil, columns, rows, args...)
}

// tmuxWith is tmux with variables in the environment.
func (d *daemon) tmuxWith(env []string, columns, rows int, args ...string) *tmuxSession {
	d.t.Helper()
	s := &tmuxSession{t: d.t, dir: d.t.TempDir()}
	env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "TMUX") || strings.HasPrefix(v, "STY=") || strings.HasPrefix(v, "LC_ALL=")
	}), append([]string{"XDG_STATE_HOME=" + filepath.Join(s.dir, "state"), "CHAT_NICK=alice", "TZ=UTC", "LC_ALL=C.UTF-8"}, env...)...)
	const script = `cd "$0"; stty -g >before
sh -c '[ -z "$IGNORED" ] || trap "" $IGNORED; echo $$ >pid; exec chat "$@"' chat "$@"; echo "ended with $?"
stty -g | cmp before - && echo "the terminal is as it was"
cat >/dev/null # tmux may not show what is written right before the end`
	s.Terminal = tmuxtest.Start(d.t, columns, rows, env, append([]string{"sh", "-c", script, s.dir, "--server", d.Address}, args...)...)
	return s
}

var clock = regexp.MustCompile(`^\d\d:\d\d `)

// clocked has all times be the same.
func clocked(rows []string) []string {
	for i := range rows {
		rows[i] = clock.ReplaceAllString(rows[i], "00:00 ")
	}
	return rows
}

// wants waits until the last rows are these, of which the times do not count.
func (s *tmuxSession) wants(rows ...string) {
	s.t.Helper()
	s.Await("\n"+strings.Join(rows, "\n")+"\n", func(screen []string) bool {
		return len(screen) >= len(rows) && slices.Equal(clocked(screen[len(screen)-len(rows):]), rows)
	})
}

// shows waits until some row is this.
func (s *tmuxSession) shows(row string) {
	s.t.Helper()
	s.Await(row, func(screen []string) bool { return slices.Contains(clocked(screen), row) })
}

// enters types a line.
func (s *tmuxSession) enters(line string) {
	s.t.Helper()
	s.Text(line)
	s.Keys("Enter")
}

// signal sends chat a signal.
func (s *tmuxSession) signal(sig syscall.Signal) {
	s.t.Helper()
	pid, err := os.ReadFile(filepath.Join(s.dir, "pid"))
	if err != nil {
		s.t.Fatal(err)
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := syscall.Kill(n, sig); err != nil {
		s.t.Fatal(err)
	}
}

// ended wants chat to have ended so.
func (s *tmuxSession) ended(code int) {
	s.t.Helper()
	s.shows(fmt.Sprintf("ended with %d", code))
	s.shows("the terminal is as it was")
}
