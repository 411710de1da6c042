package prompt

import "context"

// An input is what the Prompts of all systems have in common: the lines that are
// entered, and their history. It ends with its context.
type input struct {
	options Options
	history *history
	lines   chan Line
	ctx     context.Context
	cancel  context.CancelCauseFunc // the cause is Err's, or context.Canceled
}

// newInput returns an input; stale is called when liner's history is no longer it.
func newInput(o Options, stale func()) input {
	in := input{options: o, history: newHistory(o, stale), lines: make(chan Line, maxUnread)}
	in.ctx, in.cancel = context.WithCancelCause(context.Background())
	return in
}

func (in *input) Lines() <-chan Line { return in.lines }

func (in *input) Err() error {
	if err := context.Cause(in.ctx); err != context.Canceled {
		return err
	}
	return nil
}

func (in *input) SetHistory(room string) { in.history.setRoom(room) }

// deliver hands a line on, and adds it to the history.
func (in *input) deliver(line Line) {
	in.history.add(line.Text)
	select {
	case in.lines <- line:
	case <-in.ctx.Done():
	}
}
