package prompt

import (
	"strings"
	"sync"
)

// A display is what is to be seen, but for the edited line. Whoever changes it
// wakes the writer.
type display struct {
	mu      sync.Mutex
	colours bool
	queue   queue
	prompt  []cell
	status  []cell
	ask     []cell  // a question in place of prompt and line; nil: none
	search  *search // in place of prompt and line; nil: none
	hidden  bool    // no prompt any more
	bell    bool
	clear   bool // the screen is to be drawn anew
	urgent  bool // more has changed than the queue

	wake chan struct{} // has one element if there is something new
}

func newDisplay(o Options) *display {
	d := &display{colours: !o.NoColor, queue: queue{limit: maxQueued}, wake: make(chan struct{}, 1)}
	d.prompt = cellsOf(linerPrompt)
	if o.Status {
		d.status = []cell{}
	}
	return d
}

// change has the writer draw what f changes, at once.
func (d *display) change(f func()) {
	d.mu.Lock()
	f()
	d.urgent = true
	d.mu.Unlock()
	d.poke()
}

func (d *display) poke() {
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

// print queues whole lines.
func (d *display) print(text string) {
	d.mu.Lock()
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		d.queue.push(clean(line, d.colours))
	}
	d.mu.Unlock()
	d.poke()
}

// oneLine makes cells of a text for one row.
func (d *display) oneLine(text string) []cell {
	return cellsOf(clean(strings.ReplaceAll(text, "\n", " "), d.colours))
}

func (d *display) setPrompt(text string) {
	cells := d.oneLine(text)
	d.change(func() { d.prompt = cells })
}

func (d *display) setStatus(text string) {
	cells := d.oneLine(text)
	d.change(func() {
		if d.status != nil {
			d.status = cells
		}
	})
}

// setQuestion shows a question; "" takes it away.
func (d *display) setQuestion(text string) {
	cells := d.oneLine(text)
	if text == "" {
		cells = nil
	}
	d.change(func() { d.ask = cells })
}

// setSearch shows a search as it is now; nil takes it away.
func (d *display) setSearch(s *search) {
	if s != nil {
		now := *s
		s = &now
	}
	d.change(func() { d.search = s })
}

func (d *display) ring()    { d.change(func() { d.bell = true }) }
func (d *display) drawAll() { d.change(func() { d.clear = true }) }
func (d *display) hide()    { d.change(func() { d.hidden = true }) }

// A snapshot is what the writer takes of a display to draw.
type snapshot struct {
	lines       []string
	prompt      []cell
	status      []cell
	ask         []cell
	search      *search
	hidden      bool
	bell, clear bool
	more        bool // lines are left for another frame
}

// waiting reports whether there is anything to draw, and whether at once.
func (d *display) waiting() (lines, urgent bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.queue.empty(), d.urgent
}

// take takes what is to be drawn, of the queue up to so many bytes.
func (d *display) take(bytes int) snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := snapshot{
		lines: d.queue.take(bytes), prompt: d.prompt, status: d.status, ask: d.ask,
		search: d.search, hidden: d.hidden, bell: d.bell, clear: d.clear, more: !d.queue.empty(),
	}
	d.bell, d.clear, d.urgent = false, false, false
	return s
}
