package prompt

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/peterh/liner"
)

// Keys as liner has them.
const (
	home      = '\x01'
	ctrlC     = '\x03'
	ctrlD     = '\x04'
	ctrlE     = '\x05'
	tabKey    = '\t'
	enterKey  = '\r'
	up        = '\x10'
	ctrlR     = '\x12'
	backspace = '\x7f'
	failKey   = '\x1e' // reading fails
	panicKey  = '\x1f'
	deafKey   = '\x1d' // no key is read any more
)

// A fakeConsole is a console, and an editor on it that draws as liner does. Its
// rows are those that were ever written; none scrolls away.
type fakeConsole struct {
	columns  int
	complete func(line string, pos int) (string, []string, string)
	keys     chan rune

	mu       sync.Mutex
	rows     [][]rune
	x        int
	title    string
	bells    int
	restored int
	history  []string

	interrupts  int
	onInterrupt func() // before the keys of an interrupt
	onOverwrite func()
	entered     chan struct{} // has an element for each Enter
	deaf        chan struct{}
}

func (c *fakeConsole) locked(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f()
}

func (c *fakeConsole) Cursor() (column, columns int) {
	c.locked(func() { column = c.x })
	return column, c.columns
}

func (c *fakeConsole) Text(row, column int) (text string) {
	c.locked(func() { text = string(c.rows[len(c.rows)-1-row][column:]) })
	return text
}

func (c *fakeConsole) Overwrite(text string) {
	if c.onOverwrite != nil {
		c.onOverwrite()
	}
	c.locked(func() { copy(c.rows[len(c.rows)-1], []rune(text)) })
}

func (c *fakeConsole) Erase(row int) {
	c.locked(func() {
		c.rows = c.rows[:len(c.rows)-row]
		c.rows[len(c.rows)-1], c.x = c.blank(), 0
	})
}

func (c *fakeConsole) Write(text string) {
	c.locked(func() {
		for _, r := range text {
			switch r {
			case '\n':
				c.rows, c.x = append(c.rows, c.blank()), 0
			case '\a':
				c.bells++
			default:
				row := &c.rows[len(c.rows)-1]
				for c.x >= len(*row) { // a long line stays in one row here
					*row = append(*row, ' ')
				}
				(*row)[c.x] = r
				c.x++
			}
		}
	})
}

func (c *fakeConsole) SetTitle(text string) { c.locked(func() { c.title = text }) }
func (c *fakeConsole) Restore()             { c.locked(func() { c.restored++ }) }
func (c *fakeConsole) ClearHistory()        { c.history = nil }
func (c *fakeConsole) AppendHistory(e string) {
	c.history = append(c.history, e)
}

func (c *fakeConsole) Interrupt() {
	if c.onInterrupt != nil {
		c.onInterrupt()
	}
	c.locked(func() { c.interrupts++ })
	c.press(string(tabKey) + string(ctrlC))
}

func (c *fakeConsole) blank() []rune { return slices.Repeat([]rune{' '}, c.columns) }

func (c *fakeConsole) press(keys string) {
	for _, key := range keys {
		c.keys <- key
	}
}

// draw draws the row of the cursor anew.
func (c *fakeConsole) draw(prompt string, line []rune, pos int) {
	c.locked(func() { c.x = 0 })
	c.Write(prompt + string(line))
	c.locked(func() {
		row := c.rows[len(c.rows)-1]
		copy(row[c.x:], c.blank())
		c.x = len([]rune(prompt)) + pos
	})
}

// PromptWithSuggestion edits a line as liner does, with some of its keys.
func (c *fakeConsole) PromptWithSuggestion(prompt, text string, pos int) (string, error) {
	line := []rune(text)
	if pos < 0 || pos > len(line) {
		pos = len(line)
	}
	c.Write(prompt)
	if len(line) > 0 {
		c.draw(prompt, line, pos)
	}
	at := len(c.history)
	for key := range c.keys {
	again:
		if key != up {
			at = len(c.history)
		}
		switch key {
		case enterKey:
			c.Write("\n")
			c.entered <- struct{}{}
			return string(line), nil
		case ctrlC:
			c.Write("^C\n")
			return "", liner.ErrPromptAborted
		case ctrlD:
			if len(line) == 0 {
				return "", io.EOF
			}
		case failKey:
			return "", io.ErrUnexpectedEOF
		case panicKey:
			panic("slice bounds out of range")
		case deafKey:
			<-c.deaf
		case home:
			pos = 0
			c.draw(prompt, line, pos)
		case ctrlE:
			pos = len(line)
			c.draw(prompt, line, pos)
		case up:
			if at > 0 {
				at--
				line, pos = []rune(c.history[at]), len([]rune(c.history[at]))
				c.draw(prompt, line, pos)
			}
		case backspace:
			if pos > 0 {
				line, pos = slices.Delete(line, pos-1, pos), pos-1
				c.draw(prompt, line, pos)
			}
		case ctrlR:
			c.draw("(reverse-i-search)`': ", line, pos)
			key = <-c.keys
			c.draw(prompt, line, pos)
			goto again
		case tabKey:
			line, pos, key = c.tab(prompt, line, pos)
			if key != 0 {
				goto again
			}
		default:
			line, pos = slices.Insert(line, pos, key), pos+1
			if pos == len(line) {
				c.Write(string(key))
			} else {
				c.draw(prompt, line, pos)
			}
		}
	}
	return "", io.EOF
}

// PasswordPrompt asks as liner does, with some of its keys.
func (c *fakeConsole) PasswordPrompt(prompt string) (string, error) {
	c.Write(prompt)
	var line []rune
	for key := range c.keys {
		switch {
		case key == enterKey:
			c.Write("\n")
			return string(line), nil
		case key == ctrlC:
			c.Write("^C\n")
			return "", liner.ErrPromptAborted
		case key == ctrlD && len(line) == 0:
			return "", io.EOF
		case key >= ' ':
			line = append(line, key)
		}
	}
	return "", io.EOF
}

// tab inserts the only candidate, or tries one after the other until another key
// is pressed, which it returns.
func (c *fakeConsole) tab(prompt string, line []rune, pos int) ([]rune, int, rune) {
	head, candidates, tail := c.complete(string(line), pos)
	for i := 0; len(candidates) > 0; i = (i + 1) % len(candidates) {
		picked := []rune(head + candidates[i])
		line, pos = append(slices.Clone(picked), []rune(tail)...), len(picked)
		c.draw(prompt, line, pos)
		if len(candidates) == 1 {
			break
		}
		if key := <-c.keys; key != tabKey {
			return line, pos, key
		}
	}
	return line, pos, 0
}

// A consoleTest is a prompt on such a console, in a bubble of time.
type consoleTest struct {
	*consolePrompt
	t    *testing.T
	fake *fakeConsole
}

func testConsole(t *testing.T, o Options, f func(c *consoleTest)) {
	synctest.Test(t, func(t *testing.T) { f(openTestConsole(t, o, 60)) })
}

func openTestConsole(t *testing.T, o Options, columns int) *consoleTest {
	fake := &fakeConsole{columns: columns, keys: make(chan rune, 10_000), entered: make(chan struct{}, 10_000), deaf: make(chan struct{})}
	fake.rows = [][]rune{fake.blank()}
	c := &consoleTest{newConsolePrompt(o, fake, fake), t, fake}
	fake.complete = c.complete
	c.SetPrompt("go> ")
	c.start()
	t.Cleanup(c.Close)
	synctest.Wait()
	return c
}

// press presses keys, and waits until all there is to do is done.
func (c *consoleTest) press(keys string) {
	c.fake.press(keys)
	c.settle()
}

// settle lets the time go by after which the screen is looked at again, for a
// line that is not empty any more or again.
func (c *consoleTest) settle() {
	synctest.Wait()
	c.advance(3 * pollInterval)
}

func (c *consoleTest) wantScreen(want ...string) {
	c.t.Helper()
	var rows []string
	c.fake.locked(func() {
		for _, row := range c.fake.rows {
			rows = append(rows, strings.TrimRight(string(row), " "))
		}
	})
	if !slices.Equal(rows, want) {
		c.t.Errorf("the screen has\n%s\nnot\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

// wantLines takes the lines that were entered.
func (c *consoleTest) wantLines(want ...string) {
	c.t.Helper()
	if got := c.entered(); !slices.Equal(got, want) {
		c.t.Errorf("lines are %q, not %q", got, want)
	}
}

func (c *consoleTest) entered() (lines []string) {
	for {
		select {
		case line, ok := <-c.Lines():
			if !ok {
				return append(lines, "(end)")
			}
			lines = append(lines, line.Text)
		default:
			return lines
		}
	}
}

func (c *consoleTest) printMany(n int) {
	for i := range n {
		c.Print(fmt.Sprintf("line %d", i+1))
	}
}
