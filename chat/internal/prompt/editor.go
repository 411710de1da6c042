//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"fmt"
	"os/signal"
	"sync"

	"github.com/peterh/liner"
	"golang.org/x/sys/unix"

	"linechat/chat/internal/screen"
	"linechat/chat/internal/terminal"
)

// An editor is a Prompt.
//
// liner knows nothing of other output and has no way to be interrupted, so it
// is given pipes instead of the terminal. What it prints is interpreted into a
// copy of the edited line, which the screen draws. An idle pty of the greatest
// width there is answers liner's question for the number of columns, so that it
// always prints the whole line. Only the search of the history is not liner's.
//
//	terminal ─▶ keyboard ─pipe─▶ liner ─pipe─▶ linerOutput ─Line─▶ screen ─▶ terminal
//	               │               │                                 ▲
//	            history ◀─────  entered line ─▶ Lines             Print, SetPrompt …
//
// The goroutines are the keyboard's, which also leaves and takes the terminal at
// Ctrl-Z; readLines, in which liner runs; readOutput; the history's, which waits
// for its file; the screen's, which alone writes to the terminal; the signals'.
//
// liner reads and writes process-wide variables: while an editor is open,
// os.Stdin, os.Stdout, syscall.Stdin and syscall.Stdout are not the terminal but
// belong to it. So there is one in a process at a time, and nobody else may print
// to os.Stdout or handle SIGWINCH.
type editor struct {
	input
	terminal *terminal.Terminal
	signals  *terminal.Signals
	screen   *screen.Screen
	redirect *stdioRedirect
	liner    *liner.State
	keyboard *keyboard

	lineEnded chan bool     // liner has ended a line; true: an empty one, with Ctrl-C
	continued chan struct{} // has one element after SIGCONT
	restoring sync.Mutex    // held while the terminal is given back

	// Everything ends with the context of the input: keyboard,
	// readLines and whoever waits for them at once, readOutput after liner's last
	// output, the history when it is saved. Close waits for them all. Only then
	// it ends the goroutines of the screen and the signals; for that of the
	// screen it waits no longer than a second, since a terminal that takes no
	// output holds it up.
	owned sync.WaitGroup
	close sync.Once
}

// Open takes over the terminal: it is in raw mode until Close. Every error is
// [terminal.ErrNotATerminal], as it is where a Prompt is open already: plain
// lines, without a prompt, are for the caller to read and write then.
func Open(o Options) (Prompt, error) {
	t, err := terminal.Open()
	if err != nil {
		return nil, err
	}
	p, err := newEditor(o, t)
	if err != nil {
		t.Close()
		return nil, fmt.Errorf("%w: %w", terminal.ErrNotATerminal, err)
	}
	p.start()
	return p, nil
}

func newEditor(o Options, t *terminal.Terminal) (*editor, error) {
	redirect, err := redirectStdio()
	if err != nil {
		return nil, err
	}
	if err := t.MakeRaw(); err != nil {
		redirect.undo()
		return nil, err
	}
	p := &editor{
		input: newInput(o, t.Wake), terminal: t, redirect: redirect,
		screen:    screen.New(t, t.Size, screen.Options{Status: o.Status, NoColor: o.NoColor, Focus: o.Focus != nil}),
		lineEnded: make(chan bool, 1), continued: make(chan struct{}, 1),
	}
	p.keyboard = &keyboard{p: p, starts: make(chan bool, 1)}
	return p, nil
}

// startLiner makes liner's state, now that its variables are set.
func (p *editor) startLiner() {
	p.liner = liner.NewLiner()
	p.liner.SetCtrlCAborts(true)
	p.liner.SetBeep(false)
	if p.options.Complete != nil {
		p.liner.SetWordCompleter(p.complete)
	}
	// liner takes a change of size for a key, which would end a cycle through
	// completions; its own terminal never changes.
	signal.Reset(unix.SIGWINCH)
}

// start starts the goroutines. Close waits for them.
func (p *editor) start() {
	p.startLiner()
	p.signals = terminal.NotifySignals()
	p.signals.Handle(p.handleSignal)
	p.screen.Start(p.Guard)
	p.run(func() { p.history.run(p.ctx, p.Print) })
	p.run(p.readOutput)
	p.run(func() {
		defer p.redirect.closeInput() // which ends readLines
		p.end(p.keyboard.run())
	})
	p.run(func() {
		defer p.closeLines()
		defer p.screen.Hide()
		defer p.redirect.closeOutput() // which ends readOutput
		p.readLines()
		p.end(nil)
	})
}

// run runs f in a goroutine that Close waits for.
func (p *editor) run(f func()) {
	p.owned.Go(func() {
		defer p.Guard()
		f()
	})
}

// end ends the input, for the reason that comes first.
func (p *editor) end(err error) {
	p.cancel(err)
	p.terminal.Wake()
}

// closeLines says that the input has ended: after a signal, not before the
// terminal has been restored.
func (p *editor) closeLines() {
	p.restoring.Lock()
	defer p.restoring.Unlock()
	close(p.lines)
}

func (p *editor) Print(text string)     { p.screen.Print(text) }
func (p *editor) SetPrompt(text string) { p.screen.SetPrompt(text) }
func (p *editor) SetStatus(text string) { p.screen.SetStatus(text) }
func (p *editor) Bell()                 { p.screen.Bell() }

func (p *editor) Close() { p.close.Do(p.shutdown) }

func (p *editor) shutdown() {
	p.end(nil)
	p.owned.Wait()
	p.screen.Close()
	_ = p.liner.Close()
	p.terminal.Restore()
	p.signals.Stop()
	p.redirect.undo()
	p.terminal.Close()
}

// restore ends the input, says why, and gives the terminal back at once: the
// process is about to die, perhaps. Nothing is shown any more.
func (p *editor) restore(why error) {
	p.restoring.Lock()
	defer p.restoring.Unlock()
	p.end(why)
	p.screen.Leave()
	p.terminal.Restore()
}

func (p *editor) Guard() {
	if v := recover(); v != nil {
		p.restore(nil)
		panic(v)
	}
}
