package ui

import (
	"context"

	"linechat/chat/internal/prompt"
)

// open opens a prompt, or plain lines where there is no terminal for that. Those
// cancel the context when they can write no more.
func (u *ui) open(cancel context.CancelCauseFunc) {
	p, err := prompt.Open(prompt.Options{
		Complete:     u.completer.complete,
		Remember:     remembers,
		Secret:       u.completer.secret,
		History:      u.config.History,
		HistoryError: func(err error) string { return u.view.infof("the input history is not saved: %v", err) },
		Focus:        u.onFocus,
		Status:       !u.config.NoStatus,
		NoColor:      !u.config.Color,
	})
	if err == nil {
		u.terminal = p
	} else {
		u.plain = true
		u.terminal = openPlain(u.ctx, cancel, u.config.Stdin(u.ctx), u.config.Stdout)
	}
	u.lines = u.terminal.Lines()
}

// onFocus is what the prompt calls when the window gains or loses the focus.
func (u *ui) onFocus(gained bool) {
	select {
	case u.focus <- gained:
	case <-u.ctx.Done():
	}
}
