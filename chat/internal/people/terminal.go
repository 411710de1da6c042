package people

import (
	"context"
	"errors"

	"linechat/chat/internal/console"
)

// A terminal is what people type on and read: a console, or plain lines.
type terminal interface {
	Lines() <-chan console.Line
	Err() error
	Print(text string)
	SetPrompt(text string)
	SetStatus(text string)
	SetHistory(entries []string)
	Bell()
	Guard()
	Close() error
}

// open opens the terminal. A plain one cancels the context when it can write no
// more.
func (t *talk) open(cancel context.CancelCauseFunc) error {
	c, err := console.Open(console.Options{
		Complete: t.words.complete,
		Remember: remembers,
		Focus:    t.focused,
		Status:   !t.config.NoStatus,
		NoColor:  !t.config.Color,
	})
	switch {
	case err == nil:
		t.terminal = c
	case errors.Is(err, console.ErrNotATerminal):
		t.plain = true
		t.terminal = openPlain(t.ctx, cancel, t.config.Stdin(t.ctx), t.config.Stdout)
	default:
		return err
	}
	t.lines = t.terminal.Lines()
	return nil
}

// focused is told by the console of the window's focus.
func (t *talk) focused(gained bool) {
	select {
	case t.focus <- gained:
	case <-t.ctx.Done():
	}
}
