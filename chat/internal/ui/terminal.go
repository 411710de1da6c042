package ui

import (
	"context"
	"errors"

	"linechat/chat/internal/prompt"
	"linechat/chat/internal/terminal"
)

// open opens the terminal. A plain one cancels the context when it can write no
// more.
func (u *ui) open(cancel context.CancelCauseFunc) error {
	p, err := prompt.Open(prompt.Options{
		Complete: u.completer.complete,
		Remember: remembers,
		Focus:    u.onFocus,
		Status:   !u.config.NoStatus,
		NoColor:  !u.config.Color,
	})
	switch {
	case err == nil:
		u.terminal = p
	case errors.Is(err, terminal.ErrNotATerminal):
		u.plain = true
		u.terminal = openPlain(u.ctx, cancel, u.config.Stdin(u.ctx), u.config.Stdout)
	default:
		return err
	}
	u.lines = u.terminal.Lines()
	return nil
}

// onFocus is told by the prompt of the window's focus.
func (u *ui) onFocus(gained bool) {
	select {
	case u.focus <- gained:
	case <-u.ctx.Done():
	}
}
