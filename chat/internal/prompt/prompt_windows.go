package prompt

import (
	"github.com/peterh/liner"

	"linechat/chat/internal/terminal"
)

// Open takes over the console until Close. Every error is
// [terminal.ErrNotATerminal]: plain lines, without a prompt, are for the caller to
// read and write then. Signals (Ctrl-Break, and the end of the window) are the
// caller's to handle.
func Open(o Options) (Prompt, error) {
	c, err := terminal.OpenConsole(!o.NoColor)
	if err != nil {
		return nil, err
	}
	state := liner.NewLiner()
	state.SetCtrlCAborts(true)
	state.SetBeep(false)
	c.DisableSignals() // liner does so only while it edits a line
	p := newConsolePrompt(o, state, c)
	state.SetWordCompleter(p.complete)
	p.start()
	return p, nil
}
