package prompt

import "strings"

// A size is a terminal's.
type size struct{ columns, rows int }

// A row is one of those that the prompt draws below what is printed.
type row struct {
	cells []cell
	text  string
	width int
}

func (r *row) add(c cell) {
	r.cells = append(r.cells, c)
	r.width += c.width
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
func (v view) head() string { return rowText(v.rows[v.row].cells[:v.cell]) }

// lay makes the view of a snapshot and the edited line: the status row, and the
// prompt and the line wrapped over rows. The last column stays free, so that
// no terminal wraps by itself. Of a line higher than half the screen only the
// rows round the cursor are shown.
func lay(s snapshot, e edited, z size) view {
	if s.hidden {
		return view{}
	}
	width := max(z.columns-1, 1)
	cells := cut(s.prompt, max(z.columns/2, 1))
	switch {
	case s.ask != nil:
		cells, e = s.ask, edited{}
	case s.search != nil:
		cells, e = nil, s.search.shown(e)
	}
	v := wrap(cells, e, width)
	v.narrow(max(z.rows/2, 1))
	if s.status != nil && z.rows > 2 {
		v.rows = append([]row{{cells: cut(s.status, width)}}, v.rows...)
		v.row++
	}
	for i := range v.rows {
		v.rows[i].text = rowText(v.rows[i].cells)
	}
	return v
}

// wrap distributes the prompt and the line over rows of such a width.
func wrap(prompt []cell, e edited, width int) view {
	v := view{rows: make([]row, 1)}
	add := func(c cell) {
		if last := v.rows[len(v.rows)-1]; last.width+c.width > width && last.width > 0 {
			v.rows = append(v.rows, row{})
		}
		v.rows[len(v.rows)-1].add(c)
	}
	for _, c := range prompt {
		add(c)
	}
	placed := false
	for i, c := range e.cells {
		add(visible(c))
		if i == e.cursor {
			v.place(1)
			placed = true
		}
	}
	if !placed {
		v.place(0)
	}
	return v
}

// place puts the cursor so many cells before the end.
func (v *view) place(back int) {
	v.row = len(v.rows) - 1
	v.cell = len(v.rows[v.row].cells) - back
}

// visible is how a cell of the edited line is drawn, and the columns to leave
// for that: a terminal may take two where an emoji is asked for.
func visible(c cell) cell {
	c.text = looks.Replace(c.text)
	if c.width == 1 && strings.ContainsRune(c.text, '\uFE0F') {
		c.width = 2
	}
	return c
}

// narrow keeps at most so many rows, the cursor's among them.
func (v *view) narrow(most int) {
	if len(v.rows) <= most {
		return
	}
	first := min(max(v.row-most/2, 0), len(v.rows)-most)
	v.rows = v.rows[first : first+most]
	v.row -= first
}
