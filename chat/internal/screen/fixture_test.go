package screen

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hinshun/vt10x"
)

// A fakeTerminal is what a screen draws on.
type fakeTerminal struct {
	vt vt10x.Terminal

	mu            sync.Mutex
	columns, rows int
	written       []string
	stalled       chan struct{} // while it is open no output is taken; nil: it is
}

func (f *fakeTerminal) Write(p []byte) (int, error) {
	f.mu.Lock()
	stalled := f.stalled
	f.mu.Unlock()
	if stalled != nil {
		<-stalled
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.written = append(f.written, string(p))
	return f.vt.Write(p)
}

func (f *fakeTerminal) size() (columns, rows int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.columns, f.rows
}

func (f *fakeTerminal) resize(columns, rows int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.columns, f.rows = columns, rows
	f.vt.Resize(columns, rows)
}

func (f *fakeTerminal) stall(stalled chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.stalled = stalled
}

// output is what was written since it was asked for last.
func (f *fakeTerminal) output() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	written := strings.Join(f.written, "")
	f.written = nil
	return written
}

// A fixture is a screen on a terminal.
type fixture struct {
	*testing.T
	*Screen
	terminal *fakeTerminal
}

// draw has a screen on a terminal of such a size, with the clock of synctest.
func draw(t *testing.T, columns, rows int, o Options, act func(*fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		t.Setenv("XTERM_VERSION", "x") // vt10x cuts rows
		t.Setenv("TMUX", "")
		f := &fixture{T: t, terminal: &fakeTerminal{vt: vt10x.New(vt10x.WithSize(columns, rows)), columns: columns, rows: rows}}
		f.Screen = New(f.terminal, f.terminal.size, o)
		f.Start(func() {})
		act(f)
	})
}

// settle waits until all that is to be drawn is drawn.
func (f *fixture) settle() {
	time.Sleep(frameInterval)
	synctest.Wait()
}

func (f *fixture) wants(rows ...string) {
	f.Helper()
	f.settle()
	got := strings.Split(strings.TrimRight(f.terminal.vt.String(), "\n "), "\n")
	for i := range got {
		got[i] = strings.TrimRight(got[i], " \x00")
	}
	if !slices.Equal(got, rows) {
		f.Errorf("on the screen is\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(rows, "\n"))
	}
}

func (f *fixture) wantCursor(x, y int) {
	f.Helper()
	f.settle()
	if at := f.terminal.vt.Cursor(); at.X != x || at.Y != y {
		f.Errorf("the cursor is at %d, %d, not at %d, %d", at.X, at.Y, x, y)
	}
}

func (f *fixture) wantOutput(want string) {
	f.Helper()
	f.settle()
	if got := f.terminal.output(); got != want {
		f.Errorf("written is %q, not %q", got, want)
	}
}

func lineOf(text string, cursor int) Line { return Line{CellsOf(text), cursor} }
