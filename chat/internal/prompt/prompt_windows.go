package prompt

import (
	"fmt"

	"github.com/peterh/liner"

	"linechat/chat/internal/terminal"
)

// Open takes over the console until Close. The error may be
// [terminal.ErrNotATerminal]: plain lines, without a prompt, are for the caller to
// read and write then.
//
// A signal (Ctrl-Break, or that the window is closed) is the caller's to handle.
func Open(o Options) (Prompt, error) {
	t, err := terminal.Open(!o.NoColor)
	if err != nil {
		return nil, err
	}
	state := liner.NewLiner()
	if err := t.DisableSignals(); err != nil {
		t.Restore()
		return nil, fmt.Errorf("prompt: %w", err)
	}
	p := newConsolePrompt(o, state, t)
	state.SetCtrlCAborts(true)
	state.SetBeep(false)
	state.SetWordCompleter(p.complete)
	p.start()
	return p, nil
}
