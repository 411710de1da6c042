package prompt

import (
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	heldColumns  = 6  // in front of the prompt, as many as the time of a post takes
	minColumns   = 20 // on fewer, lines are held until something is entered
	showInterval = 50 * time.Millisecond
	endTimeout   = time.Second
)

// A console is what liner draws on where nothing can stand between the two. Its
// row 0 is the one that the cursor is in, row 1 the one above.
type console interface {
	Cursor() (column, columns int)
	Text(row, column int) string // from that column to the end of the row
	Overwrite(text string)       // from the beginning of row 0; the cursor stays where it is
	Erase(row int)               // and go to its beginning
	Write(text string)
	SetTitle(text string)
	Interrupt() error // puts Tab and Ctrl-C behind what was typed
	Restore()         // gives the console back as it was found
}

// A consolePrompt is a Prompt on a console, where liner itself draws the line that
// is edited. While that is empty, lines are printed. While it is not, they are
// held, and their number stands in front of the prompt: +3. The title of the
// window is the status row.
//
// liner says nothing of the line, so whether it is empty is read from the
// screen. Then Tab and Ctrl-C are typed: Tab has liner tell the line, for by then
// something may have been typed, and Ctrl-C has it return. What waits is printed,
// and the same line is edited on. A line with something in it is not interrupted:
// liner would forget what Up, Tab and Ctrl-R have come to.
type consolePrompt struct {
	options Options
	editor  lineEditor
	console console
	history history
	lines   chan Line

	mu     sync.Mutex
	next   consoleContents
	now    consoleContents // as shown
	queue  queue           // lines to be printed
	width  int             // columns of the prompt of the line that is edited; 0: none is, or on too few columns
	asked  bool            // Tab and Ctrl-C were typed
	answer *prefill        // the line that liner has told; nil: none yet
	closed bool            // no further line is edited
	err    error           // of Err

	changed chan struct{} // has one element if there is something new
	closing chan struct{} // closed by Close, after closed is set
	ended   chan struct{} // closed when readLines has ended
	watched sync.WaitGroup
	close   sync.Once
}

// consoleContents is what is to be seen besides what is printed.
type consoleContents struct {
	prompt, status string
	bells          int
}

func newConsolePrompt(o Options, e lineEditor, c console) *consolePrompt {
	return &consolePrompt{
		options: o, editor: e, console: c, lines: make(chan Line, maxUnread), queue: queue{limit: maxQueued},
		changed: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{}),
	}
}

// start starts the goroutines. Close ends both. It waits for watch, and for
// endTimeout for readLines, which may be in a read that nothing ends; it ends with
// the program then.
func (p *consolePrompt) start() {
	p.watched.Go(func() {
		defer p.Guard()
		p.watch()
	})
	go func() {
		defer p.Guard()
		p.readLines()
	}()
}

func (p *consolePrompt) Lines() <-chan Line { return p.lines }

func (p *consolePrompt) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *consolePrompt) Print(text string) {
	p.change(func() {
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			p.queue.push(clean(line, !p.options.NoColor))
		}
	})
}

func (p *consolePrompt) SetPrompt(text string) {
	p.change(func() { p.next.prompt = plainText(text) })
}

func (p *consolePrompt) SetStatus(text string) {
	if p.options.Status {
		p.change(func() { p.next.status = plainText(text) })
	}
}

func (p *consolePrompt) SetHistory(entries []string) {
	p.history.set(entries)
	p.change(func() {})
}

func (p *consolePrompt) Bell() { p.change(func() { p.next.bells++ }) }

func (p *consolePrompt) change(f func()) {
	p.mu.Lock()
	f()
	p.mu.Unlock()
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

func (p *consolePrompt) Guard() {
	if v := recover(); v != nil {
		p.console.Restore()
		panic(v)
	}
}

func (p *consolePrompt) Close() error {
	p.close.Do(p.shutdown)
	return nil
}

func (p *consolePrompt) shutdown() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	close(p.closing)
	p.watched.Wait()
	p.interrupt()
	select {
	case <-p.ended:
	case <-time.After(endTimeout):
		p.console.Erase(0)
	}
	p.flush()
	p.console.Restore()
}

// watch shows what is new, and what was held, until the prompt is closed.
func (p *consolePrompt) watch() {
	var again <-chan time.Time
	for {
		select {
		case <-p.changed:
		case <-again:
		case <-p.closing:
			return
		}
		again = nil
		p.showRest()
		if p.show() {
			again = time.After(showInterval)
		}
	}
}

// showRest shows what disturbs no line.
func (p *consolePrompt) showRest() {
	p.mu.Lock()
	now, next := p.now, p.next
	p.now.status, p.now.bells = next.status, next.bells
	p.mu.Unlock()
	if next.status != now.status {
		p.console.SetTitle(next.status)
	}
	if next.bells != now.bells {
		p.console.Write("\a")
	}
}

// show has what waits be printed if nothing is typed, and says in front of the
// prompt how many lines are held otherwise. It reports whether to look again.
func (p *consolePrompt) show() bool {
	select {
	case <-p.ended:
		p.flush()
		return false
	default:
	}
	label, width := p.waiting()
	switch {
	case label == "":
		return false
	case width == 0: // readLines will print it
	case !p.atPrompt():
	case p.untouched(width):
		p.interrupt()
	default:
		p.console.Overwrite(label)
	}
	return true
}

// waiting returns how the prompt is to look while something waits to be shown,
// "" if nothing does.
func (p *consolePrompt) waiting() (label string, width int) {
	stale := p.history.stale()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !stale && p.queue.empty() && p.next.prompt == p.now.prompt {
		return "", 0
	}
	return promptLabel(p.queue.count(), p.next.prompt, p.width), p.width
}

// atPrompt reports whether the cursor's row begins like a prompt of ours: liner's
// search has one of its own.
func (p *consolePrompt) atPrompt() bool {
	text := p.console.Text(0, 0)
	return strings.HasPrefix(text, "+") || strings.HasPrefix(text, strings.Repeat(" ", heldColumns))
}

// untouched reports whether nothing stands behind the prompt.
func (p *consolePrompt) untouched(width int) bool {
	column, _ := p.console.Cursor()
	return column == width && strings.TrimSpace(p.console.Text(0, column)) == ""
}

// interrupt has liner tell the line that it edits, and return.
func (p *consolePrompt) interrupt() {
	p.mu.Lock()
	needed := p.width > 0 && !p.asked
	p.asked = p.asked || needed
	p.mu.Unlock()
	if needed && p.console.Interrupt() != nil {
		p.mu.Lock()
		p.asked = false
		p.mu.Unlock()
	}
}

// promptLabel is a prompt of so many columns, behind the number of lines held.
func promptLabel(held int, prompt string, width int) string {
	count := ""
	if held > 0 {
		count = fmt.Sprintf("+%d", min(held, 9999))
	}
	var b strings.Builder
	for _, c := range cut(cellsOf(fmt.Sprintf("%-*s%s", heldColumns, count, prompt)), width) {
		b.WriteString(c.text)
		width -= c.width
	}
	return b.String() + strings.Repeat(" ", width)
}

func textWidth(text string) int {
	width := 0
	for _, c := range cellsOf(text) {
		width += c.width
	}
	return width
}

// plainText is a text for one row, without what liner refuses in a prompt.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.C, r) {
			return -1
		}
		return r
	}, clean(strings.ReplaceAll(text, "\n", " "), false))
}
