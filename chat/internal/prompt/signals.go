//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"os"

	"golang.org/x/sys/unix"

	"linechat/chat/internal/terminal"
)

func (p *editor) handleSignal(s os.Signal) {
	defer p.Guard()
	switch s {
	case unix.SIGWINCH:
		p.screen.Resized()
	case unix.SIGCONT:
		select {
		case p.continued <- struct{}{}:
		default:
		}
		p.terminal.Wake()
	default:
		p.signals.ResetEnds() // a second one ends the process
		p.restore(terminal.EndedBy(s))
	}
}

// suspend gives the terminal back and stops the process, until a shell brings
// it to the foreground again. The keyboard's goroutine calls it, so that no
// key is read meanwhile.
func (p *editor) suspend() {
	p.screen.Yield(p.ctx, p.terminal.Foreground(), func() bool {
		p.terminal.Restore()
		p.terminal.Suspend(p.ctx, p.continued)
		return p.takeTerminal()
	})
}

// resumeIfContinued takes the terminal again if the process has been stopped by
// somebody else: it may have been anyone's meanwhile. The keyboard's goroutine
// calls it.
func (p *editor) resumeIfContinued() {
	select {
	case <-p.continued:
		p.screen.Yield(p.ctx, false, p.takeTerminal)
	default:
	}
}

// takeTerminal takes the terminal as soon as this process may use it. It reports
// false if the input ends first.
func (p *editor) takeTerminal() bool {
	return p.terminal.AwaitForeground(p.ctx, p.continued) && p.terminal.MakeRaw() == nil
}
