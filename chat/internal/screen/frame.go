package screen

import (
	"fmt"
	"strings"
)

const (
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
	noWrap     = "\x1b[?7l"
	autoWrap   = "\x1b[?7h"
	eraseRow   = "\x1b[K" // from the cursor on
	newRow     = "\r\n"
	bell       = "\a"

	// To have arrow keys send ESC [ and a letter, and pastes come in brackets.
	enterModes = "\x1b[?1l\x1b[?2004h"
	leaveModes = "\x1b[?2004l"
	enterFocus = "\x1b[?1004h"
	leaveFocus = "\x1b[?1004l"
)

// A modes is what the terminal is told when it is entered and left.
type modes struct{ enter, leave string }

func modesFor(o Options) modes {
	m := modes{enter: enterModes, leave: leaveModes + autoWrap + showCursor}
	if o.Focus {
		m.enter += enterFocus
		m.leave = leaveFocus + m.leave
	}
	return m
}

// painted is what stands on the screen below what was printed.
type painted struct {
	view
	count   int // rows that it takes there; after a resize not the number of view's
	columns int // of the terminal then
}

// A frame is what is sent to the terminal in one write.
type frame struct{ strings.Builder }

func (f *frame) up(rows int) {
	if rows > 0 {
		fmt.Fprintf(f, "\x1b[%dA", rows)
	}
}

// erase erases what is drawn and leaves the cursor at its beginning. It does
// so row by row: a terminal that is told to erase all below the cursor may
// keep that in its scrollback.
func (f *frame) erase(d painted) {
	f.up(d.row)
	f.WriteString("\r" + eraseRow)
	for range d.count - 1 {
		f.WriteString("\x1b[B" + eraseRow)
	}
	f.up(d.count - 1)
}

// lines prints whole lines. Each row is erased before it is written on:
// afterwards, that would take the last character of a line as wide as the row.
func (f *frame) lines(lines []string) {
	for _, line := range lines {
		f.WriteString(eraseRow + line + newRow)
	}
}

// draw draws a view and places the cursor by writing once more what stands
// before it: so it is right whatever the terminal holds for the width of that.
func (f *frame) draw(v view) {
	f.WriteString(noWrap)
	for i, r := range v.rows {
		if i > 0 {
			f.WriteString(newRow)
		}
		f.WriteString(eraseRow + r.text)
	}
	if len(v.rows) > 0 && !v.atEnd() {
		f.up(len(v.rows) - 1 - v.row)
		f.WriteString("\r" + v.head())
	}
	f.WriteString(autoWrap)
}

// redraw draws the whole screen anew: of what has been printed as much as
// there is room for, and a view.
func (f *frame) redraw(z size, printed []string, v view) {
	room, first := z.rows-len(v.rows), len(printed)
	for ; first > 0; first-- {
		if room -= height(printed[first-1], z.columns); room < 0 {
			break
		}
	}
	f.WriteString(hideCursor + "\x1b[H" + eraseRow)
	for range z.rows - 1 {
		f.WriteString("\x1b[B" + eraseRow)
	}
	f.WriteString("\x1b[H")
	f.lines(printed[first:])
	f.draw(v)
	f.WriteString(showCursor)
}

// height is how many rows a printed line takes.
func height(line string, columns int) int {
	high, _ := row{cells: CellsOf(line)}.wrapped(columns, 0)
	return high
}

// grown reports whether v is the view that is drawn but for text added at its
// end, and returns that.
func (d painted) grown(v view) (added string, ok bool) {
	last := len(v.rows) - 1
	if d.count != len(d.rows) || len(d.rows) != len(v.rows) || last < 0 {
		return "", d.count == 0 && last < 0
	}
	for i := range last {
		if d.rows[i].text != v.rows[i].text {
			return "", false
		}
	}
	added, ok = strings.CutPrefix(v.rows[last].text, d.rows[last].text)
	same := added == "" && d.row == v.row && d.cell == v.cell
	return added, ok && (same || d.atEnd() && v.atEnd())
}
