package prompt

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-runewidth"

	"linechat/chat/internal/screen"
)

const (
	heldColumns  = 6  // in front of the prompt, as many as the time of a post takes
	minColumns   = 20 // on fewer, lines are held until something is entered
	lookInterval = 50 * time.Millisecond
	endTimeout   = time.Second
	maxWritten   = 16 << 10 // bytes at a time
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

// A lineEditor is liner's State.
type lineEditor interface {
	PromptWithSuggestion(prompt, text string, pos int) (string, error)
	ClearHistory()
	AppendHistory(entry string)
}

// A consolePrompt is a Prompt on a console, where liner itself draws the line that
// is edited. While that is empty, lines are printed. While it is not, they are
// held, and their number stands in front of the prompt: +3. The title of the
// window is the status row.
//
// liner says nothing of the line, so whether it is empty is read from the screen.
// Then Tab and Ctrl-C are typed: Tab has liner tell the line, for by then something
// may have been typed, and Ctrl-C has it return. What waits is printed, and the
// same line is edited on. A line with something in it is not interrupted, since
// liner would forget what Up, Tab and Ctrl-R have come to.
type consolePrompt struct {
	options Options
	editor  lineEditor
	console console
	history history
	lines   chan Line

	mu     sync.Mutex
	queue  screen.Queue    // lines to be printed
	next   consoleContents // what is to be seen besides
	shown  consoleContents
	width  int      // columns of the prompt of the line that is edited; 0: none is, or there are too few columns
	asked  bool     // Tab and Ctrl-C were typed
	answer *prefill // the line that liner has told; nil: none yet

	// watch ends with the context, and Close waits for it. For readLines, which
	// may be in a read that nothing ends, it waits for endTimeout; then that ends
	// with the program.
	ctx     context.Context
	cancel  context.CancelCauseFunc // the cause is Err's, or context.Canceled
	changed chan struct{}           // has one element if there is something new
	watched sync.WaitGroup
	ended   chan struct{} // closed when readLines has ended
	close   sync.Once
}

type consoleContents struct {
	prompt, status string
	bells          int
}

func newConsolePrompt(o Options, e lineEditor, c console) *consolePrompt {
	p := &consolePrompt{
		options: o, editor: e, console: c, lines: make(chan Line, maxUnread),
		changed: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p
}

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
	if err := context.Cause(p.ctx); err != context.Canceled {
		return err
	}
	return nil
}

func (p *consolePrompt) Print(text string) {
	p.change(func() {
		for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
			p.queue.Push(screen.Clean(line, !p.options.NoColor))
		}
	})
}

func (p *consolePrompt) SetPrompt(text string) {
	p.change(func() { p.next.prompt = screen.Clean(text, false) })
}

func (p *consolePrompt) SetStatus(text string) {
	if p.options.Status {
		p.change(func() { p.next.status = screen.Clean(text, false) })
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
	p.cancel(nil)
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
		case <-p.ctx.Done():
			return
		}
		p.showRest()
		again = nil
		if p.show() {
			again = time.After(lookInterval)
		}
	}
}

// showRest shows what disturbs no line.
func (p *consolePrompt) showRest() {
	p.mu.Lock()
	shown, next := p.shown, p.next
	p.shown.status, p.shown.bells = next.status, next.bells
	p.mu.Unlock()
	if next.status != shown.status {
		p.console.SetTitle(next.status)
	}
	if next.bells != shown.bells {
		p.console.Write("\a")
	}
}

// show has liner interrupted if something waits to be shown and nothing is typed,
// and says in front of the prompt how many lines are held if something is. It
// reports whether to look again.
func (p *consolePrompt) show() bool {
	label, width, waits := p.waiting()
	switch {
	case !waits:
		return false
	case width == 0: // readLines shows it, unless it has ended
		select {
		case <-p.ended:
			p.flush()
			return false
		default:
		}
	case !p.atPrompt():
	case p.isEmpty(width):
		p.interrupt()
	default:
		p.console.Overwrite(label)
	}
	return true
}

// waiting reports whether something waits to be shown, and returns how the prompt
// is to look meanwhile.
func (p *consolePrompt) waiting() (label string, width int, waits bool) {
	stale := p.history.stale()
	p.mu.Lock()
	defer p.mu.Unlock()
	held := p.queue.Len()
	waits = stale || held > 0 || p.next.prompt != p.shown.prompt
	return promptLabel(held, p.next.prompt, p.width), p.width, waits
}

// atPrompt reports whether the cursor's row begins with a prompt of ours: liner's
// search has its own.
func (p *consolePrompt) atPrompt() bool {
	text := p.console.Text(0, 0)
	return strings.HasPrefix(text, "+") || strings.HasPrefix(text, strings.Repeat(" ", heldColumns))
}

// isEmpty reports whether nothing stands behind the prompt.
func (p *consolePrompt) isEmpty(width int) bool {
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
	label := fmt.Sprintf("%-*s%s", heldColumns, count, prompt)
	return runewidth.FillRight(runewidth.Truncate(label, width, ""), width)
}
