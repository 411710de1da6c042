package prompt

import (
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
	pollInterval = 50 * time.Millisecond
	endTimeout   = time.Second
	maxWritten   = 16 << 10 // bytes at a time
)

// A console is what liner draws on where nothing can stand between the two: a
// [terminal.Console] of Windows. Row 0 is the one that the cursor is in, row 1 the
// one above.
type console interface {
	Cursor() (column, columns int)
	Text(row, column int) string // from that column to the end of the row
	Overwrite(text string)       // from the beginning of row 0; the cursor stays where it is
	Erase(row int)               // and those below it, and go to its beginning
	Write(text string)
	SetTitle(text string)
	Interrupt() // puts Tab and Ctrl-C behind what was typed
	Restore()   // gives the console back as it was found
}

// A consolePrompt is a Prompt on a console, where liner itself draws the line that
// is edited. While that is empty, lines are printed. While it is not, they are
// held, and their number stands in front of the prompt: +3. The title of the
// window is the status row.
//
// liner does not say what the line is, so whether it is empty is read from the
// screen. If it is, and lines wait, Tab and Ctrl-C are typed for the person. liner
// runs in readLines; watch keeps what is known of its line, and draws, too. While do
// waits for watch, liner draws nothing:
//
//	readLines                               watch
//	beginLine           ── do ──────────▶   keeps the line's prompt and width
//	liner edits         ◀── Tab, Ctrl-C ──  show: the line is empty, and lines wait
//	complete, at Tab    ── do ──────────▶   keeps the line, which may not be empty any more
//	endLine, at Ctrl-C  ── do ──────────▶   erases the line, prints those that wait
//	beginLine: the line that was kept is edited on
//
// A line with something in it is not interrupted, since liner would forget what Up,
// Tab and Ctrl-R have come to: so it does of a key that comes in that very moment, and
// of whether what is killed next follows a kill.
type consolePrompt struct {
	input
	liner   lineEditor
	console console

	mu     sync.Mutex
	queue  screen.Queue // lines to be printed
	ring   bool
	prompt string // to be shown

	// Only watch, and what do has it run, may use these.
	line  consoleLine
	again <-chan time.Time // when what waits is to be looked at again; nil: nothing waits

	// Close ends the context, and so the history, watch, and, interrupted by that,
	// readLines. It waits for them, but for readLines only for endTimeout: that may be
	// in a read that nothing ends, and ends with the program then.
	watched sync.WaitGroup
	changed chan struct{} // has one element if there is something new
	calls   chan func()   // for watch to run
	ended   chan struct{} // closed when readLines has ended
	close   sync.Once
}

// A consoleLine is what is known of the line that liner edits.
type consoleLine struct {
	prompt string
	width  int      // of the prompt, with heldColumns; 0: no line is edited, or there are too few columns
	asked  bool     // Tab and Ctrl-C were typed, for this line or one before
	answer *prefill // the line that liner has told; nil: none yet
}

func newConsolePrompt(o Options, l lineEditor, c console) *consolePrompt {
	p := &consolePrompt{
		liner: l, console: c, changed: make(chan struct{}, 1),
		calls: make(chan func()), ended: make(chan struct{}),
	}
	p.input = newInput(o, func() { p.change(func() {}) })
	return p
}

func (p *consolePrompt) start() {
	p.watched.Go(func() {
		defer p.Guard()
		p.watch()
	})
	p.watched.Go(func() {
		defer p.Guard()
		p.history.run(p.ctx, p.Print)
	})
	go func() {
		defer p.Guard()
		p.readLines()
	}()
}

func (p *consolePrompt) Print(text string) {
	p.change(func() { p.queue.Print(text, !p.options.NoColor) })
}

func (p *consolePrompt) SetPrompt(text string) {
	p.change(func() { p.prompt = screen.Clean(text, false) })
}

func (p *consolePrompt) SetStatus(text string) {
	if p.options.Status {
		p.console.SetTitle(screen.Clean(text, false))
	}
}

func (p *consolePrompt) Bell() { p.change(func() { p.ring = true }) }

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

func (p *consolePrompt) Close() {
	p.close.Do(func() {
		p.cancel(nil)
		p.watched.Wait()
		select {
		case <-p.ended:
		case <-time.After(endTimeout):
			p.console.Erase(0)
		}
		p.flush()
		p.console.Restore()
	})
}

// watch shows what is new, and what was held, until the prompt is closed.
func (p *consolePrompt) watch() {
	for {
		changed := p.changed
		if p.again != nil {
			changed = nil // it is shown then
		}
		select {
		case <-changed:
			p.show()
		case <-p.again:
			p.show()
		case f := <-p.calls:
			f()
		case <-p.ctx.Done():
			p.interrupt()
			return
		}
	}
}

// do has watch run f, and waits for it; f runs here when watch has ended.
func (p *consolePrompt) do(f func()) {
	done := make(chan struct{})
	select {
	case p.calls <- func() { f(); close(done) }:
		<-done
	case <-p.ctx.Done():
		p.watched.Wait()
		f()
	}
}

// flush prints what waits. liner edits no line.
func (p *consolePrompt) flush() {
	for {
		p.mu.Lock()
		lines := p.queue.Take(maxWritten)
		p.mu.Unlock()
		if len(lines) == 0 {
			return
		}
		p.console.Write(strings.Join(lines, "\n") + "\n")
	}
}

// show has liner interrupted if something waits to be shown and nothing is typed,
// and says in front of the prompt how many lines are held if something is.
func (p *consolePrompt) show() {
	p.mu.Lock()
	ring, held, prompt := p.ring, p.queue.Len(), p.prompt
	p.ring = false
	p.mu.Unlock()
	if ring {
		p.console.Write("\a")
	}
	if p.again = nil; held == 0 && prompt == p.line.prompt && !p.history.stale() {
		return
	}
	p.again = time.After(pollInterval)
	width := p.line.width
	switch column, _ := p.console.Cursor(); {
	case width == 0 || !isPromptRow(p.console.Text(0, 0)):
	case column == width && strings.TrimSpace(p.console.Text(0, column)) == "":
		p.interrupt()
	default:
		p.console.Overwrite(promptLabel(held, prompt, width))
	}
}

// interrupt has liner tell the line that it edits, and return.
func (p *consolePrompt) interrupt() {
	if p.line.width > 0 && !p.line.asked {
		p.line.asked = true
		p.console.Interrupt()
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

// isPromptRow reports whether a row begins like a promptLabel: liner's search has a
// prompt of its own.
func isPromptRow(text string) bool {
	return strings.HasPrefix(text, "+") || strings.HasPrefix(text, strings.Repeat(" ", heldColumns))
}
