package prompt

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"linechat/chat/internal/screen"
)

// linerPrompt is what liner takes for the prompt: constant, so that linerOutput
// knows it. The person sees SetPrompt's text in its place.
const linerPrompt = "> "

// A linerOutput follows, from what liner prints, the line that it edits. liner
// draws a line anew with several prints: to column one, prompt, text, erase the
// rest, to the cursor's column. Between the first and the last of these nothing
// is settled.
type linerOutput struct {
	cells  []screen.Cell // the row, prompt included
	width  int           // its columns
	cursor int           // column
	phase  phase
	tail   []byte // an incomplete sequence or character
	ended  bool   // a line has ended
	blank  bool   // and was empty, but for ^C
}

type phase int

const (
	settled  phase = iota // the line is as liner has it
	clearing              // between the move to column one and the erasing
	placing               // between that and the move to the cursor's column
)

// feed interprets what liner has printed. It reports whether a line has ended in
// it.
func (o *linerOutput) feed(p []byte) (ended bool) {
	o.ended = false
	p = append(o.tail, p...)
	for len(p) > 0 {
		n := o.interpret(p)
		if n == 0 {
			break
		}
		p = p[n:]
	}
	o.tail = append(o.tail[:0], p...)
	return o.ended
}

// interpret interprets the beginning of p and returns its length, 0 if it is
// incomplete.
func (o *linerOutput) interpret(p []byte) int {
	switch p[0] {
	case '\r':
		o.moveTo(0)
		return 1
	case '\n':
		o.endLine()
		return 1
	case '\a':
		return 1
	case '\x1b':
		return o.sequence(p)
	}
	if !utf8.FullRune(p) {
		return 0
	}
	r, n := utf8.DecodeRune(p)
	o.cells = screen.AddRune(o.cells, r)
	o.width += screen.Columns(r)
	o.cursor = o.width
	return n
}

// sequence interprets a control sequence. Of them all liner prints, in single
// line mode, but these.
func (o *linerOutput) sequence(p []byte) int {
	end := bytes.IndexFunc(p, func(r rune) bool { return 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' })
	if end < 0 {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(string(p[:end]), "\x1b["))
	switch p[end] {
	case 'G':
		o.moveTo(n - 1)
	case 'C':
		o.moveTo(o.cursor + n)
	case 'K':
		o.phase = placing
	case 'H': // to clear the screen, after which it draws the line
		o.clear()
		o.phase = clearing
	}
	return end + 1
}

// moveTo moves the cursor. A move to column one begins to draw the line anew,
// and since all of it will come, the old one is dropped.
func (o *linerOutput) moveTo(column int) {
	o.cursor = column
	switch {
	case column > 0:
		o.phase = settled
	case o.phase == settled:
		o.clear()
		o.phase = clearing
	}
}

func (o *linerOutput) endLine() {
	o.ended, o.blank = true, screen.Text(o.cells) == linerPrompt+"^C"
	o.clear()
	o.phase = settled
}

func (o *linerOutput) clear() { o.cells, o.width, o.cursor = o.cells[:0], 0, 0 }

// line returns the line as it is to be seen, without the prompt.
func (o *linerOutput) line() screen.Line {
	cursor := 0
	for column := 0; cursor < len(o.cells) && column < o.cursor; cursor++ {
		column += o.cells[cursor].Width
	}
	if len(o.cells) < len(linerPrompt) {
		return screen.Line{}
	}
	last := len(linerPrompt) - 1
	line := screen.Line{Cells: make([]screen.Cell, 0, len(o.cells)), Cursor: max(cursor-last-1, 0)}
	// A mark that has been typed first of all has joined the prompt.
	if mark := strings.TrimPrefix(o.cells[last].Text, linerPrompt[last:]); mark != "" {
		line.Cells = append(line.Cells, screen.Cell{Text: mark})
		line.Cursor++
	}
	for _, c := range o.cells[last+1:] {
		if c.Text >= placeholders {
			c.Text = placeholderSigns.Replace(c.Text)
		}
		line.Cells = append(line.Cells, c)
	}
	return line
}
