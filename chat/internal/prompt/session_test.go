//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
	"golang.org/x/sys/unix"
)

// What scrollback, or selecting with the mouse, does not go with: scroll regions,
// other screens, erasing of more than a row, scrolling, reports of the mouse.
var forbidden = regexp.MustCompile(`\x1b(\[[0-9;]*[rJST]|\[\?(47|1047|1049|9|100[0-35-6]|1015)h|D|M)`)

// What a terminal is told when a program takes and leaves it: to have arrow keys
// send what liner knows, pastes in brackets, and reports of the focus.
const (
	enterModes = "\x1b[?1l\x1b[?2004h"
	leaveModes = "\x1b[?2004l"
	enterFocus = "\x1b[?1004h"
	leaveFocus = "\x1b[?1004l"
)

// A session is a program in a pty, whose screen is followed.
type session struct {
	program
	plain  bool
	cmd    *exec.Cmd
	master *os.File
	read   sync.WaitGroup

	mu      sync.Mutex
	screen  vt10x.Terminal
	output  []byte        // all of it
	changed chan struct{} // closed with the next output
}

func startSession(t testing.TB, s setup, columns, rows int) *session {
	t.Helper()
	c := startIn(t, s, "xterm-256color", columns, rows)
	c.report("open")
	return c
}

func startIn(t testing.TB, s setup, term string, columns, rows int) *session {
	t.Helper()
	c := &session{program: program{t: t}, plain: s.Plain, changed: make(chan struct{})}
	accept := c.listen(&s)
	// A program begins with the default for a signal that its parent handles, so that
	// the tests run under nohup, too.
	signal.Notify(make(chan os.Signal, 1), unix.SIGHUP)
	c.cmd = exec.Command(os.Args[0])
	c.cmd.Env = append(environment(s, term), "XTERM_VERSION=x") // vt10x cuts rows
	c.screen = vt10x.New(vt10x.WithSize(max(columns, 1), max(rows, 1)))
	master, err := pty.StartWithSize(c.cmd, &pty.Winsize{Cols: uint16(columns), Rows: uint16(rows)})
	if err != nil {
		t.Fatal(err)
	}
	c.master = closable(t, master)
	c.read.Go(c.follow)
	t.Cleanup(c.end)
	accept()
	return c
}

// closable returns the same file, but one that can be closed while it is read:
// whoever has asked for its descriptor has made it block.
func closable(t testing.TB, f *os.File) *os.File {
	t.Helper()
	defer f.Close()
	fd, err := unix.Dup(int(f.Fd()))
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		t.Fatal(err)
	}
	return os.NewFile(uintptr(fd), f.Name())
}

func (c *session) end() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	}
	_ = c.master.Close()
	c.read.Wait()
	if sequence := forbidden.Find(c.output); !c.plain && sequence != nil {
		c.t.Errorf("the output has %q, which scrollback or selecting does not go with", sequence)
	}
	if c.t.Failed() {
		c.t.Logf("screen:\n%s", strings.Join(c.rows(), "\n"))
	}
}

func (c *session) follow() {
	buf := make([]byte, 64<<10)
	kept := 0
	for {
		n, err := c.master.Read(buf[kept:])
		if n > 0 {
			c.mu.Lock()
			c.output = append(c.output, buf[kept:kept+n]...)
			taken, _ := c.screen.Write(buf[:kept+n])
			kept = copy(buf, buf[taken:kept+n]) // the beginning of a character
			close(c.changed)
			c.changed = make(chan struct{})
			c.mu.Unlock()
		}
		if err != nil {
			return
		}
	}
}

// keys types keys.
func (c *session) keys(keys string) {
	c.t.Helper()
	if _, err := c.master.WriteString(keys); err != nil {
		c.t.Fatal(err)
	}
}

// rows are those of the screen, without blanks at their ends.
func (c *session) rows() []string {
	rows := strings.Split(strings.TrimSuffix(c.screen.String(), "\n"), "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " \x00")
	}
	return rows
}

// await waits until the screen is as ok says.
func (c *session) await(what string, ok func(rows []string) bool) {
	c.t.Helper()
	deadline := time.After(testTimeout)
	for {
		c.mu.Lock()
		changed := c.changed
		c.mu.Unlock()
		if ok(c.rows()) {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			c.t.Fatalf("the screen never has %s; it is\n%s", what, strings.Join(c.rows(), "\n"))
		}
	}
}

// wantRows waits until the screen has exactly these rows, at its top, and
// nothing below.
func (c *session) wantRows(want ...string) {
	c.t.Helper()
	c.await("\n"+strings.Join(want, "\n")+"\n", func(rows []string) bool { return slices.Equal(trimmed(rows), want) })
}

// trimmed drops empty rows at the end.
func trimmed(rows []string) []string {
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// wantLast waits until the last row that is not empty is this one.
func (c *session) wantLast(want string) {
	c.t.Helper()
	c.await("last "+want, func(rows []string) bool {
		rows = trimmed(rows)
		return len(rows) > 0 && rows[len(rows)-1] == strings.TrimRight(want, " ")
	})
}

// wantCursor waits until the cursor is there.
func (c *session) wantCursor(x, y int) {
	c.t.Helper()
	c.await("the cursor", func([]string) bool {
		c.screen.Lock()
		defer c.screen.Unlock()
		at := c.screen.Cursor()
		return at.X == x && at.Y == y
	})
}

// wantOutput waits until the program has written this.
func (c *session) wantOutput(want string) {
	c.t.Helper()
	c.await("in its output "+want, func([]string) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return bytes.Contains(c.output, []byte(want))
	})
}

// awaitOutput waits until the program writes this once more.
func (c *session) awaitOutput(want string) {
	c.t.Helper()
	c.mu.Lock()
	from := len(c.output)
	c.mu.Unlock()
	c.await("in its output again "+want, func([]string) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return bytes.Contains(c.output[from:], []byte(want))
	})
}

// resize gives the terminal another size.
func (c *session) resize(columns, rows int) {
	c.t.Helper()
	c.screen.Resize(columns, rows)
	raw, err := c.master.SyscallConn()
	if err != nil {
		c.t.Fatal(err)
	}
	_ = raw.Control(func(fd uintptr) {
		err = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Col: uint16(columns), Row: uint16(rows)})
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// close has the program close its prompt and end: nothing may be left of it.
func (c *session) close() {
	c.t.Helper()
	c.order(order{Do: "close"})
	for {
		select {
		case r, ok := <-c.reports:
			switch {
			case !ok:
				c.t.Fatal("the program has ended without closing")
			case r.What == "closed":
				c.wantClosed(r)
				return
			case r.What != "end":
				c.t.Errorf("closing: report %+v", r)
			}
		case <-time.After(testTimeout):
			c.t.Fatal("the prompt is not closed")
		}
	}
}

func (c *session) wantClosed(r report) {
	c.t.Helper()
	if !r.Yes || r.Text != "" {
		c.t.Errorf("closed, but the terminal is not as it was, or something is left: %s", r.Text)
	}
	c.wantExit(0)
}

// wantExit waits for the program to end with such a status, -1 for a signal.
func (c *session) wantExit(status int) {
	c.t.Helper()
	timer := time.AfterFunc(testTimeout, func() { _ = c.cmd.Process.Kill() })
	defer timer.Stop()
	_ = c.cmd.Wait()
	if got := c.cmd.ProcessState.ExitCode(); got != status {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.t.Errorf("exit status %d, not %d; the end of the output is\n%s", got, status, c.output[max(len(c.output)-3000, 0):])
	}
}
