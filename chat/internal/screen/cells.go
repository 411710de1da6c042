package screen

import (
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

const (
	resetColours = "\x1b[0m"
	tabSpaces    = "    "
)

// A Cell is what stands in one place of a row: a character with the marks that
// combine with it, or colours, which take no column.
type Cell struct {
	Text  string
	Width int // columns
}

// Columns is the width of a character.
func Columns(r rune) int {
	if r < 0x7F {
		return 1
	}
	return runewidth.RuneWidth(r)
}

// AddRune appends a character to a row of cells. What takes no column joins
// the character before it.
func AddRune(cells []Cell, r rune) []Cell {
	width := Columns(r)
	if width == 0 && len(cells) > 0 {
		cells[len(cells)-1].Text += string(r)
		return cells
	}
	return append(cells, Cell{string(r), width})
}

// CellsOf makes cells of a text that has no control characters but colours.
func CellsOf(text string) []Cell {
	cells := make([]Cell, 0, len(text))
	for len(text) > 0 {
		if n, colour := sequenceLen(text); colour {
			cells = append(cells, Cell{text[:n], 0})
			text = text[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(text)
		cells = AddRune(cells, r)
		text = text[n:]
	}
	return cells
}

// Text is the text of a row of cells.
func Text(cells []Cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(c.Text)
	}
	return b.String()
}

// cut keeps what of cells fits into so many columns, and all colours.
func cut(cells []Cell, width int) []Cell {
	kept := cells[:0:0]
	for _, c := range cells {
		if width -= c.Width; width >= 0 || c.Width == 0 {
			kept = append(kept, c)
		}
	}
	return kept
}

// Clean makes text harmless to a terminal. Of all control and escape sequences
// it keeps only colours, if asked to, and ends them with the text.
func Clean(text string, colours bool) string {
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	coloured := false
	for len(text) > 0 {
		if n, colour := sequenceLen(text); n > 0 {
			if colours && colour {
				b.WriteString(text[:n])
				coloured = true
			}
			text = text[n:]
			continue
		}
		r, n := utf8.DecodeRuneInString(text)
		switch {
		case r == '\t':
			b.WriteString(tabSpaces)
		case !Disturbs(r):
			b.WriteRune(r)
		}
		text = text[n:]
	}
	if coloured {
		b.WriteString(resetColours)
	}
	return b.String()
}

func isPlain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// Disturbs reports whether a character could change more of the screen than
// its own place: controls, line separators, and what turns the direction of
// the text around it.
func Disturbs(r rune) bool {
	return r < ' ' || 0x7F <= r && r <= 0x9F || 0x2028 <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069
}

// sequenceLen is the length of the control sequence that text begins with, or
// of its beginning; 0 if there is none. It reports whether that sets colours (SGR).
func sequenceLen(text string) (n int, colour bool) {
	if !strings.HasPrefix(text, "\x1b[") {
		return 0, false
	}
	colour = true
	for i := 2; i < len(text); i++ {
		switch b := text[i]; {
		case b < ' ' || b > '~':
			return i, false
		case b >= '@':
			return i + 1, colour && b == 'm'
		case (b < '0' || b > '9') && b != ';' && b != ':':
			colour = false
		}
	}
	return len(text), false
}
