// Package prompt is the terminal of a person who chats: a prompt with all of
// liner's editing, above which lines may be printed at any moment without
// disturbing the one being typed, neither on the screen nor in what is sent.
//
// liner knows nothing of other output and has no way to be interrupted, so it
// is given pipes instead of the terminal. What it prints is interpreted into a
// copy of the edited line, and one goroutine owns the terminal and draws
// frames, each with a single write: the lines that wait, the status row, the
// prompt, the edited line wrapped over as many rows as it needs, the cursor.
// An idle pty of the greatest width there is answers liner's question for the
// number of columns, so that it always prints the whole line. Only the search
// of the history is not liner's.
//
//	keyboard ─▶ keyboard ─pipe─▶ liner ─pipe─▶ printed ─┐
//	             Print, SetStatus … ─▶ queue ───────────┴▶ writer ─▶ terminal
//
// The terminal keeps its scrollback, search and selection: there is no
// alternate screen and no scroll region, and rows are erased one at a time.
//
// liner reads and writes process-wide variables: while a Prompt is open,
// os.Stdin, os.Stdout and syscall.Stdout are not the terminal but belong to
// it. There is one Prompt in a process at a time, and nobody else may print
// to os.Stdout or handle SIGWINCH.
package prompt

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/peterh/liner"
)

// ErrNotATerminal is returned by Open if there is no terminal that liner can
// edit on: stdin or stdout is not a terminal, TERM is unset, dumb or cons25, or
// the system is not one of Linux, macOS and the BSDs. Plain lines, without a
// prompt, are for the caller to read and write then.
var ErrNotATerminal = errors.New("prompt: not a terminal to edit on")

// Options of Open. The zero value is a bare prompt.
type Options struct {
	// Complete is asked, when Tab is pressed, for what the word before pos may
	// be completed to; pos counts runes. The line would become head, one of
	// candidates and tail. A single candidate is inserted; several that have
	// more in common than is typed grow by that; otherwise they are listed
	// above the prompt, and each further Tab tries the next one. It is called
	// in a goroutine of the prompt's and must not block. Nil: no completion.
	Complete func(line string, pos int) (head string, candidates []string, tail string)

	// Remember says whether an entered line goes to the input history. It is
	// called in a goroutine of the prompt's and must not block. Nil: all do
	// but blank ones and those that begin with a space.
	Remember func(line string) bool

	// Focus is told when the terminal's window gains or loses the focus, by
	// terminals that report it. It is called in a goroutine of the prompt's
	// and must not block. Nil: they are not asked to.
	Focus func(gained bool)

	Status  bool // keep a row for SetStatus above the prompt
	NoColor bool // drop all colours, the caller's included
}

// A Line is what was entered. A single line has no line break in Text. Of
// several lines, pasted and confirmed, Paste has each, at least two, and Text
// has them all with a line feed between two. Tabs in a paste are kept.
type Line struct {
	Text  string
	Paste []string // nil for a single line
}

// A Prompt is an open terminal. All its methods may be called from any
// goroutine. Text given to them may have colours (SGR sequences); any other
// control or escape sequence in it is dropped, tabs become spaces, and the
// colours end with the text.
type Prompt struct {
	options  Options
	terminal *terminal
	redirect *stdioRedirect
	state    *liner.State
	history  history
	printed  *linerOutput
	display  *display
	writer   *writer
	keyboard *keyboard

	lines  chan Line
	asking chan struct{} // has one element while a question is put

	signals   chan os.Signal
	ends      []os.Signal   // those that end the input
	continued chan struct{} // has one element after SIGCONT

	restoring sync.Mutex // held while the terminal is given back

	err     error // of Err
	fail    sync.Once
	failed  chan struct{}  // closed: err is set
	input   sync.WaitGroup // keyboard and readLines
	output  sync.WaitGroup // readPrinted
	other   sync.WaitGroup // writer and handleSignals
	closing chan struct{}  // closed: handle no more signals
	close   sync.Once
}

// isOpen: there is one terminal in a process.
var isOpen atomic.Bool

// Open takes over the terminal: it is in raw mode until Close or Restore.
func Open(o Options) (*Prompt, error) {
	t, err := openTerminal()
	if err != nil {
		return nil, err
	}
	if !isOpen.CompareAndSwap(false, true) {
		return nil, errors.New("prompt: there is one already")
	}
	c, err := open(o, t)
	if err != nil {
		isOpen.Store(false)
		return nil, fmt.Errorf("prompt: %w", err)
	}
	return c, nil
}

func open(o Options, t *terminal) (*Prompt, error) {
	take, err := redirectStdio()
	if err != nil {
		return nil, err
	}
	c := &Prompt{
		options: o, terminal: t, redirect: take,
		printed: newLinerOutput(), display: newDisplay(o),
		lines: make(chan Line, maxUnread), asking: make(chan struct{}, 1),
		signals: make(chan os.Signal, 16), continued: make(chan struct{}, 1),
		failed: make(chan struct{}), closing: make(chan struct{}),
	}
	c.writer = newWriter(t.out, t.size, c.display, c.printed, modesFor(o))
	if c.keyboard, err = newKeyboard(c, take.toLiner); err == nil {
		err = t.raw()
	}
	if err != nil {
		c.redirect.closeInput()
		c.redirect.closeOutput()
		c.redirect.undo()
		return nil, err
	}
	c.startLiner()
	c.start()
	return c, nil
}

// startLiner makes liner's state, now that its variables are set.
func (c *Prompt) startLiner() {
	c.state = liner.NewLiner()
	c.state.SetCtrlCAborts(true)
	c.state.SetBeep(false)
	if c.options.Complete != nil {
		c.state.SetWordCompleter(c.complete)
	}
	if c.redirect.isWide() {
		// liner takes a change of size for a key, which would end a search or
		// a cycle through completions; its own terminal never changes.
		signal.Reset(resizedSignal)
	}
	// One that whoever started the program had ignored, as nohup does, stays so.
	c.ends = slices.DeleteFunc(slices.Clone(endSignals), signal.Ignored)
	signal.Notify(c.signals, append([]os.Signal{continued, resizedSignal}, c.ends...)...)
}

// start starts the goroutines. Close waits for them.
func (c *Prompt) start() {
	c.writer.enter()
	guarded := func(f func()) func() {
		return func() {
			defer c.Guard()
			f()
		}
	}
	c.output.Go(guarded(c.readPrinted))
	c.other.Go(guarded(c.writer.run))
	c.other.Go(guarded(c.handleSignals))
	c.input.Go(guarded(func() {
		defer c.redirect.closeInput() // which ends readLines
		c.end(c.keyboard.run())
	}))
	c.input.Go(guarded(func() {
		defer c.closeLines()
		defer c.display.hide()
		c.readLines()
		c.end(nil)
	}))
}

// end ends the input, for the reason that comes first.
func (c *Prompt) end(err error) {
	c.fail.Do(func() {
		c.err = err
		close(c.failed)
	})
	c.keyboard.stop()
}

// closeLines says that the input has ended: after a signal, not before the
// terminal has been restored.
func (c *Prompt) closeLines() {
	c.restoring.Lock()
	defer c.restoring.Unlock()
	close(c.lines)
}

// Lines delivers what is entered. It is closed when the person ends the input
// with Ctrl-D on an empty line, or with Ctrl-C twice; when the terminal goes
// away; when a signal ends the program (see Err); and by Close. What is typed
// goes on being edited while nobody receives; a bounded number of entered
// lines is kept.
func (c *Prompt) Lines() <-chan Line { return c.lines }

// Err says why Lines is closed: nil because the person, or Close, wished so; a
// *SignalError; or what went wrong with the terminal. It is nil before.
func (c *Prompt) Err() error {
	select {
	case <-c.failed:
		return c.err
	default:
		return nil
	}
}

// Print puts whole lines above the prompt. It never waits for the terminal: if
// that does not take them, a bounded number waits, and in place of the oldest
// beyond that there will be one line that says how many are missing. After
// Close it does nothing.
func (c *Prompt) Print(text string) { c.display.print(text) }

// Write prints p, for loggers. It never fails.
func (c *Prompt) Write(p []byte) (int, error) {
	c.Print(string(p))
	return len(p), nil
}

// SetPrompt sets what stands before the edited line, at once. It is cut to
// half the width of the terminal.
func (c *Prompt) SetPrompt(text string) { c.display.setPrompt(text) }

// SetStatus sets the status row, if Options.Status asked for one. It is cut to
// the width of the terminal.
func (c *Prompt) SetStatus(text string) { c.display.setStatus(text) }

// Bell rings the terminal's bell.
func (c *Prompt) Bell() { c.display.ring() }

// SetHistory replaces the input history, oldest entry first, of which liner
// keeps the last 1,000. Entries may have several lines. It takes effect at once
// unless something has been typed into the line already, and with the next
// line otherwise.
func (c *Prompt) SetHistory(entries []string) {
	c.history.set(entries)
	c.keyboard.wake()
}

// AddHistory appends to the input history, when SetHistory would replace it.
// Lines that Options.Remember accepts are there already.
func (c *Prompt) AddHistory(entry string) {
	c.history.add(entry)
	c.keyboard.wake()
}

// Ask shows a question in place of the prompt and waits for y or n, which it
// reports as true or false; Enter, Escape and Ctrl-C are no, too, and other
// keys are passed over. The half-typed line comes back untouched. Questions
// asked at once are put one after the other. It is false once the input has
// ended.
func (c *Prompt) Ask(question string) bool { return c.ask(question, false).yes }

// AskSecret shows a question in place of the prompt and returns the line that
// is typed, which is not shown. It reports false if the person declines with
// Escape or Ctrl-C, and once the input has ended.
func (c *Prompt) AskSecret(question string) (string, bool) {
	a := c.ask(question, true)
	return a.text, a.yes
}

// Close shows what still waits to be printed, erases the prompt and gives the
// terminal back as it was found, and the process-wide variables, too. For a
// terminal that takes no output it waits a second. It may be called more than
// once, and returns when all has ended.
func (c *Prompt) Close() error {
	c.close.Do(c.shutdown)
	return nil
}

func (c *Prompt) shutdown() {
	c.end(nil)
	c.input.Wait()
	c.redirect.closeOutput()
	c.output.Wait()
	close(c.writer.done)
	drawn := c.writer.withTerminal(lastPatience, func() {
		c.writer.flush()
		c.writer.leave()
	})
	_ = c.state.Close()
	c.restoreMode()
	signal.Stop(c.signals)
	close(c.closing)
	if drawn { // else the writer is held up until the terminal goes away
		c.other.Wait()
	}
	c.redirect.undo()
	c.keyboard.closeWake()
	isOpen.Store(false)
}

// restoreMode gives the terminal the mode that was found, unless it is another
// job's now: that would stop the process.
func (c *Prompt) restoreMode() {
	if c.terminal.foreground() {
		_ = c.terminal.restore()
	}
}

// Restore ends the input and gives the terminal back at once, for a process
// that is about to die: call it before os.Exit, and see Guard. The prompt
// shows nothing any more.
func (c *Prompt) Restore() { c.restore(nil) }

// restore is Restore, and says why the input ends.
func (c *Prompt) restore(why error) {
	c.restoring.Lock()
	defer c.restoring.Unlock()
	c.end(why)
	c.writer.withTerminal(hastyPatience, c.writer.leave)
	c.restoreMode()
}

// Guard is to be deferred first in every goroutine of the program: a panic
// restores the terminal before it goes on to end the process.
//
//	defer c.Guard()
func (c *Prompt) Guard() {
	if p := recover(); p != nil {
		c.Restore()
		panic(p)
	}
}
