package screen

import "strings"

// A size is a terminal's.
type size struct{ columns, rows int }

// A row is one of those that are drawn below what is printed.
type row struct {
	cells []Cell
	text  string
	width int
}

func (r *row) add(c Cell) {
	r.cells = append(r.cells, c)
	r.width += c.Width
}

// A view is the rows to be drawn, and where the cursor is among them.
type view struct {
	rows []row
	row  int
	cell int // index of the cell under it in its row
}

// atEnd reports whether nothing stands behind the cursor.
func (v view) atEnd() bool {
	last := len(v.rows) - 1
	return v.row == last && v.cell == len(v.rows[last].cells)
}

// head is what of its row stands before the cursor.
func (v view) head() string { return Text(v.rows[v.row].cells[:v.cell]) }

// layout makes the view of the contents: the status row, and the prompt and the
// line wrapped over rows. The last column stays free, so that no terminal wraps
// by itself. Of a line higher than half the screen only the rows round the
// cursor are shown.
func layout(c *contents, z size) view {
	if c.hidden {
		return view{}
	}
	width := max(z.columns-1, 1)
	prompt, line := cut(c.prompt, max(z.columns/2, 1)), c.line
	if c.overlay != nil {
		prompt = c.overlay.prompt
		if c.overlay.line != nil {
			line = *c.overlay.line
		}
	}
	v := wrap(prompt, line, width)
	v.limit(max(z.rows/2, 1))
	if c.status != nil && z.rows > 2 {
		v.rows = append([]row{{cells: cut(c.status, width)}}, v.rows...)
		v.row++
	}
	for i := range v.rows {
		v.rows[i].text = Text(v.rows[i].cells)
	}
	return v
}

// wrap distributes the prompt and the line over rows of such a width.
func wrap(prompt []Cell, line Line, width int) view {
	v := view{rows: make([]row, 1)}
	add := func(c Cell) {
		if last := v.rows[len(v.rows)-1]; last.width+c.Width > width && last.width > 0 {
			v.rows = append(v.rows, row{})
		}
		v.rows[len(v.rows)-1].add(c)
	}
	for _, c := range prompt {
		add(c)
	}
	for i, c := range line.Cells {
		add(widened(c))
		if i == line.Cursor {
			v.place(1)
		}
	}
	if line.Cursor >= len(line.Cells) {
		v.place(0)
	}
	return v
}

// place puts the cursor so many cells before the end.
func (v *view) place(back int) {
	v.row = len(v.rows) - 1
	v.cell = len(v.rows[v.row].cells) - back
}

// widened is a cell of the edited line with the columns to leave for it: a
// terminal may take two where an emoji is asked for.
func widened(c Cell) Cell {
	if c.Width == 1 && strings.ContainsRune(c.Text, '\uFE0F') {
		c.Width = 2
	}
	return c
}

// limit keeps at most so many rows, the cursor's among them.
func (v *view) limit(rows int) {
	if len(v.rows) <= rows {
		return
	}
	first := min(max(v.row-rows/2, 0), len(v.rows)-rows)
	v.rows = v.rows[first : first+rows]
	v.row -= first
}
