package screen

import (
	"os"
	"time"
)

const (
	// A terminal changes its grid some time before or after it tells of the
	// new size, and while a window is dragged tells only now and then. So
	// nothing is drawn until the size has been the same for a while.
	resizeDelay    = 300 * time.Millisecond
	maxResizeDelay = 5 * time.Second
)

// A resizeDebouncer follows the terminal's size.
type resizeDebouncer struct {
	size    size
	changed time.Time // last; zero: it is settled
	first   time.Time // since it was settled
}

// update takes note of the terminal's size, which is read before every frame:
// the signal may come late. It returns how long nothing is to be drawn.
func (s *resizeDebouncer) update(z size, now time.Time) time.Duration {
	if z != s.size {
		if s.changed.IsZero() {
			s.first = now
		}
		s.size, s.changed = z, now
	}
	if s.changed.IsZero() {
		return 0
	}
	until := s.changed.Add(resizeDelay)
	if latest := s.first.Add(maxResizeDelay); latest.Before(until) {
		until = latest
	}
	if wait := until.Sub(now); wait > 0 {
		return wait
	}
	s.changed = time.Time{}
	return 0
}

// reflows reports whether the terminal wraps its rows anew when it becomes
// narrower. Those that are known not to cut them.
func reflows() bool {
	inTmux := os.Getenv("TMUX") != ""
	cuts := os.Getenv("XTERM_VERSION") != "" || os.Getenv("STY") != "" || os.Getenv("TERM") == "linux"
	return inTmux || !cuts
}

// resized returns where what was painted stands after the terminal's size has
// changed. Only the widths then and now matter, not those between: a terminal joins
// the rows that it has wrapped when they fit again.
func (d painted) resized(columns int, reflows bool) painted {
	if columns >= d.columns || !reflows {
		d.rows, d.cell = nil, 0 // draw it anew: a terminal may have cut it
		return d
	}
	moved := painted{columns: columns}
	for i, r := range d.rows {
		cursor := 0
		if i == d.row {
			cursor = d.cell
		}
		high, at := r.wrapped(columns, cursor)
		if i == d.row {
			moved.row = moved.count + at
		}
		moved.count += high
	}
	return moved
}

// wrapped is how many rows r takes at such a width, and in which of them the
// cursor is, behind so many cells.
func (r row) wrapped(columns, cursor int) (high, at int) {
	used, high := 0, 1
	for i, c := range r.cells {
		if used+c.Width > columns && used > 0 {
			used = 0
			high++
		}
		used += c.Width
		if i <= cursor {
			at = high - 1
		}
	}
	return high, at
}
