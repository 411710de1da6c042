package screen

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestContents: what is set is seen, in its place.
func TestContents(t *testing.T) {
	draw(t, 20, 8, Options{Status: true}, func(f *fixture) {
		f.wants("", ">")
		f.SetLine(lineOf("half", 4))
		f.Print("first\n\x1b[31msecond\x1b[2J\n")
		f.SetStatus("a status that is longer than the row")
		f.wants("first", "second", "a status that is lo", "> half")
		f.wantCursor(6, 3)
		f.SetPrompt("\x1b[1ma prompt over half the row")
		f.SetLine(lineOf("half", 1))
		f.wants("first", "second", "a status that is lo", "a prompt ohalf")
		f.wantCursor(11, 3)
		other := lineOf("found", 5)
		f.Overlay("(search for what is long)", &other)
		f.wants("first", "second", "a status that is lo", "(search for what is", " long)found")
		f.Overlay("(none) ", nil)
		f.wants("first", "second", "a status that is lo", "(none) half")
		f.RemoveOverlay()
		f.SetPrompt("\ngo> ")
		f.wants("first", "second", "a status that is lo", " go> half")
		f.Hide()
		f.wants("first", "second")
		f.Print("third")
		f.Close()
		f.wants("first", "second", "third")
	})
}

// TestNoStatus: the row is there only for who asked for it.
func TestNoStatus(t *testing.T) {
	draw(t, 20, 8, Options{NoColor: true}, func(f *fixture) {
		f.SetStatus("status")
		f.Print("\x1b[31mred")
		f.SetPrompt("\x1b[32mgreen> ")
		f.wants("red", "green>")
		if out := f.terminal.output(); strings.Contains(out, "m") {
			f.Errorf("colours in %q", out)
		}
		f.Close()
	})
}

// TestSmallFrames: a character at the end of the line is all that is written for
// it; for what changes nothing, nothing is.
func TestSmallFrames(t *testing.T) {
	draw(t, 20, 8, Options{Status: true}, func(f *fixture) {
		f.SetLine(lineOf("hal", 3))
		f.settle()
		f.terminal.output()
		f.SetLine(lineOf("half", 4))
		f.wantOutput(noWrap + "f" + autoWrap)
		f.SetLine(lineOf("half", 4))
		f.SetStatus("")
		f.wantOutput("")
		f.SetLine(lineOf("half", 3))
		if f.settle(); f.terminal.output() == "" {
			f.Error("the cursor has not moved")
		}
		f.Print("one")
		f.wantOutput(hideCursor + "\x1b[1A\r" + eraseRow + "\x1b[B" + eraseRow + "\x1b[1A" + eraseRow + "one" + newRow +
			noWrap + eraseRow + newRow + eraseRow + "> half" + "\r> hal" + autoWrap + showCursor)
		f.Bell()
		f.wantOutput(bell)
		f.Hide()
		f.settle()
		f.terminal.output()
		f.SetStatus("unseen")
		f.wantOutput("")
		f.Close()
		f.Print("unseen")
		f.wantOutput("\r" + eraseRow + leaveModes + autoWrap + showCursor)
	})
}

// TestFrames: lines are drawn together, at most every 10 ms, and keys at once.
func TestFrames(t *testing.T) {
	draw(t, 20, 8, Options{}, func(f *fixture) {
		f.Print("one")
		synctest.Wait()
		if f.Print("two"); true {
			synctest.Wait()
			f.terminal.output()
		}
		f.Print("three")
		synctest.Wait()
		if got := f.terminal.output(); got != "" {
			f.Errorf("written at once: %q", got)
		}
		f.SetLine(lineOf("x", 1))
		synctest.Wait()
		if got := f.terminal.output(); !strings.Contains(got, "three") || !strings.Contains(got, "> x") {
			f.Errorf("written with a key is %q", got)
		}
		f.Close()
	})
}

// TestSlowTerminal: of what a terminal has not taken the oldest is left out, and
// said to be.
func TestSlowTerminal(t *testing.T) {
	draw(t, 80, 8, Options{}, func(f *fixture) {
		f.settle()
		stalled := make(chan struct{})
		f.terminal.stall(stalled)
		f.Bell()
		f.settle()
		f.terminal.output()
		const lines = maxQueued/lineCost + 100
		for n := range lines {
			f.Print(fmt.Sprint(n, "."))
		}
		f.terminal.stall(nil)
		close(stalled)
		f.Close()
		var first, missing int
		out := f.terminal.output()
		if _, after, ok := strings.Cut(out, "... "); ok {
			_, _ = fmt.Sscanf(after, "%d lines not shown", &missing)
		}
		if missing == 0 || missing == lines {
			f.Fatalf("%d lines of %d are said to be missing", missing, lines)
		}
		for n := missing; n < lines; n++ {
			at := strings.Index(out[first:], fmt.Sprintf("%s%d.\r\n", eraseRow, n))
			if at < 0 {
				f.Fatalf("line %d of %d is missing, though only %d are said to be", n, lines, missing)
			}
			first += at
		}
		if strings.Contains(out, fmt.Sprintf("%s%d.\r\n", eraseRow, missing-1)) {
			f.Errorf("line %d is there", missing-1)
		}
	})
}

// TestStalledTerminal: one that takes no output holds up nobody for long.
func TestStalledTerminal(t *testing.T) {
	draw(t, 20, 8, Options{}, func(f *fixture) {
		f.settle()
		stalled := make(chan struct{})
		f.terminal.stall(stalled)
		began := time.Now()
		for _, step := range []struct {
			name string
			do   func()
			took time.Duration
		}{
			{"Print", func() { f.Print("one"); f.settle() }, frameInterval},
			{"SetLine", func() { f.SetLine(lineOf("x", 1)) }, 0},
			{"Leave", f.Leave, leaveTimeout},
			{"Close", f.Close, closeTimeout},
		} {
			step.do()
			if took := time.Since(began); took != step.took {
				f.Errorf("%s took %v", step.name, took)
			}
			began = time.Now()
		}
		close(stalled) // and the goroutine ends, or synctest says so
	})
}

// TestYield: the terminal is left alone as long as others have it, and drawn on
// anew when they give it back.
func TestYield(t *testing.T) {
	draw(t, 20, 8, Options{Focus: true}, func(f *fixture) {
		f.SetLine(lineOf("half", 4))
		f.settle()
		f.terminal.output()
		f.Yield(f.Context(), true, func() bool {
			f.Print("meanwhile")
			f.wantOutput("\r" + eraseRow + leaveFocus + leaveModes + autoWrap + showCursor)
			return true
		})
		f.wants("meanwhile", "> half")
		if out := f.terminal.output(); !strings.HasPrefix(out, enterModes+enterFocus) {
			f.Errorf("written is %q", out)
		}
		f.Yield(f.Context(), false, func() bool { f.Print("never"); return false })
		f.wantOutput("")
		f.Close()
		f.wantOutput("")
	})
	draw(t, 20, 8, Options{}, func(f *fixture) {
		ctx, cancel := context.WithCancel(f.Context())
		stalled := make(chan struct{})
		f.settle()
		f.terminal.stall(stalled)
		f.Bell()
		f.settle()
		time.AfterFunc(time.Minute, cancel)
		f.Yield(ctx, true, func() bool { f.Error("the terminal was had"); return false })
		close(stalled)
		f.Close()
	})
}

// TestRedraw: the screen is drawn anew with what was printed last.
func TestRedraw(t *testing.T) {
	draw(t, 20, 4, Options{}, func(f *fixture) {
		for n := range 5 {
			f.Print(fmt.Sprint("message ", n))
		}
		f.Print("one that takes more than a row")
		f.SetLine(lineOf("half", 2))
		want := []string{"message 4", "one that takes more", "than a row", "> half"}
		f.wants(want...)
		_, _ = io.WriteString(f.terminal.vt, "\x1b[2;3Hgarbage\x1b[1;1Hmore\x1b[4;9H")
		f.Redraw()
		f.wants(want...)
		f.wantCursor(4, 3)
		f.Close()
	})
	draw(t, 20, 6, Options{}, func(f *fixture) {
		f.Print("one")
		f.wants("one", ">")
		_, _ = io.WriteString(f.terminal.vt, "garbage\x1b[1;10Hmore\x1b[4;9Hand\x1b[6;1Hmore\x1b[2;3H")
		f.Redraw()
		f.wants("one", ">")
		f.Close()
	})
}

// TestLeave: afterwards nothing is seen any more.
func TestLeave(t *testing.T) {
	draw(t, 20, 8, Options{}, func(f *fixture) {
		f.Print("one")
		f.wants("one", ">")
		f.Leave()
		f.wants("one")
		f.terminal.output()
		f.Print("unseen")
		f.SetLine(lineOf("unseen", 6))
		f.Leave()
		f.wantOutput("")
		f.Close()
		f.wantOutput("")
	})
}

// TestResize: nothing is drawn until the size has been the same for 300 ms, but
// for no longer than 5 s.
func TestResize(t *testing.T) {
	draw(t, 20, 8, Options{}, func(f *fixture) {
		f.SetLine(lineOf("half", 4))
		f.wants("> half")
		f.terminal.output()
		f.terminal.resize(30, 8)
		f.Resized()
		f.Print("meanwhile")
		f.SetLine(lineOf("half-typed", 10))
		time.Sleep(resizeDelay - time.Millisecond)
		synctest.Wait()
		if got := f.terminal.output(); got != "" {
			f.Errorf("written at once: %q", got)
		}
		time.Sleep(time.Millisecond)
		f.wants("meanwhile", "> half-typed")
		f.terminal.output()
		began := time.Now()
		for columns := 31; f.terminal.output() == ""; columns++ {
			f.terminal.resize(columns, 8)
			f.Resized()
			time.Sleep(resizeDelay / 2)
			synctest.Wait()
		}
		if held := time.Since(began); held < maxResizeDelay || held > maxResizeDelay+resizeDelay {
			f.Errorf("drawn after %v of changes", held)
		}
		f.Close()
	})
}
