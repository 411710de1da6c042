package prompt

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// linerPrompt is what liner takes for the prompt: constant, so that linerOutput
// knows it. The person sees SetPrompt's text in its place.
const linerPrompt = "> "

// A linerOutput follows, from what liner prints, the line that it edits. liner
// draws a line anew with several prints: to column one, prompt, text, erase the
// rest, to the cursor's column. Between the first and the last of these nothing
// is settled, and nobody looks.
type linerOutput struct {
	mu       sync.Mutex
	moved    *sync.Cond // a line has ended, or all has
	cells    []cell     // the row, prompt included
	width    int        // its columns
	cursor   int        // column
	phase    phase
	tail     []byte // an incomplete sequence or character
	newlines int    // lines ended so far
	blank    bool   // the one last ended was empty, but for ^C
	closed   bool
}

type phase int

const (
	settled  phase = iota
	clearing       // between the move to column one and the erasing
	placing        // between that and the move to the cursor's column
)

func newLinerOutput() *linerOutput {
	m := &linerOutput{}
	m.moved = sync.NewCond(&m.mu)
	return m
}

// feed interprets what liner has printed. It reports whether the line may be
// looked at now.
func (m *linerOutput) feed(p []byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	p = append(m.tail, p...)
	for len(p) > 0 {
		n := m.step(p)
		if n == 0 {
			break
		}
		p = p[n:]
	}
	m.tail = append(m.tail[:0], p...)
	return m.phase == settled
}

// step interprets the beginning of p and returns its length, 0 if it is
// incomplete.
func (m *linerOutput) step(p []byte) int {
	switch p[0] {
	case '\r':
		m.place(0)
		return 1
	case '\n':
		m.endLine()
		return 1
	case '\a':
		return 1
	case '\x1b':
		return m.sequence(p)
	}
	if !utf8.FullRune(p) {
		return 0
	}
	r, n := utf8.DecodeRune(p)
	m.cells = addRune(m.cells, r)
	m.width += columns(r)
	m.cursor = m.width
	return n
}

// sequence interprets a control sequence. Of them all liner prints, in single
// line mode, but these.
func (m *linerOutput) sequence(p []byte) int {
	end := bytes.IndexFunc(p, func(r rune) bool { return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' })
	if end < 0 {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(string(p[:end]), "\x1b["))
	switch p[end] {
	case 'G':
		m.place(n - 1)
	case 'C':
		m.place(m.cursor + n)
	case 'K':
		m.phase = placing
	case 'H': // to clear the screen, after which it draws the line
		m.clear()
		m.phase = clearing
	}
	return end + 1
}

// place moves the cursor. A move to column one begins to draw the line anew,
// and since all of it will come, the old one is dropped.
func (m *linerOutput) place(column int) {
	m.cursor = column
	switch {
	case column > 0:
		m.phase = settled
	case m.phase == settled:
		m.clear()
		m.phase = clearing
	}
}

func (m *linerOutput) endLine() {
	m.blank = rowText(m.cells) == linerPrompt+"^C"
	m.clear()
	m.phase = settled
	m.newlines++
	m.moved.Broadcast()
}

func (m *linerOutput) clear() { m.cells, m.width, m.cursor = m.cells[:0], 0, 0 }

// close ends all waiting.
func (m *linerOutput) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.moved.Broadcast()
}

// await waits until so many lines have ended, and reports whether the last was
// an empty one that Ctrl-C has ended.
func (m *linerOutput) await(newlines int) (blank bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.newlines < newlines && !m.closed {
		m.moved.Wait()
	}
	return m.blank
}

// An edited line, without the prompt.
type edited struct {
	cells  []cell
	cursor int // index of the cell under the cursor
}

// look returns the line, if it is settled.
func (m *linerOutput) look() (e edited, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.phase != settled {
		return edited{}, false
	}
	e.cells = append(e.cells, m.cells...)
	for column := 0; e.cursor < len(e.cells) && column < m.cursor; e.cursor++ {
		column += e.cells[e.cursor].width
	}
	if len(e.cells) < len(linerPrompt) {
		return edited{}, true
	}
	return e.withoutPrompt(), true
}

// withoutPrompt takes the prompt away, but not a mark that has been typed
// first of all and so has joined it.
func (e edited) withoutPrompt() edited {
	last := len(linerPrompt) - 1
	mark := strings.TrimPrefix(e.cells[last].text, linerPrompt[last:])
	e.cells = e.cells[last+1:]
	e.cursor = max(e.cursor-last-1, 0)
	if mark != "" {
		e.cells = append([]cell{{mark, 0}}, e.cells...)
		e.cursor++
	}
	return e
}

func rowText(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.text)
	}
	return b.String()
}
