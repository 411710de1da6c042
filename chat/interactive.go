package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"linechat/chat/internal/console"
	"linechat/chat/internal/ui"
)

// backlog is how many posts of a room are shown when it is joined.
const backlog = 20

// interactive is chat for people.
func (p *program) interactive(ctx context.Context) error {
	s, err := p.open(ctx, person)
	if err != nil {
		return err
	}
	defer s.end()
	words, focus := ui.NewCompleter(), make(chan bool, 1)
	t, edits, err := p.terminal(ctx, words, focus)
	if err != nil {
		return err
	}
	defer t.Close()
	defer t.Guard()
	zone := time.Local
	if p.utc {
		zone = time.UTC
	}
	return ui.New(s.Client, t, words, ui.Config{
		Color: p.colored(edits), Zone: zone, Backlog: backlog, Saved: p.saved(edits),
		Focus: focus, Reason: reason, Drain: !edits,
	}).Run(ctx, p.room())
}

// room is the room of the command line; "": none.
func (p *program) room() string {
	if len(p.args) == 0 {
		return ""
	}
	return p.args[0]
}

// terminal opens the console, or, where there is none to edit on, plain lines.
// Signals are the console's while it is open, and end its input.
func (p *program) terminal(ctx context.Context, words *ui.Completer, focus chan bool) (t ui.Terminal, edits bool, err error) {
	c, err := console.Open(console.Options{
		Complete: words.Complete, Focus: latest(focus), Status: !p.noStatus, NoColor: !p.colored(true),
	})
	if err == nil {
		return c, true, nil
	}
	if !errors.Is(err, console.ErrNotATerminal) {
		return nil, false, err
	}
	in, err := newInput(ctx, p.stdin)
	if err != nil {
		return nil, false, err
	}
	return ui.NewPlain(in, p.stdout), false, nil
}

// latest returns what puts a value into c in place of the one that is there.
func latest(c chan bool) func(bool) {
	return func(value bool) {
		select {
		case <-c:
		default:
		}
		c <- value
	}
}

// saved is where the input history of people is kept.
func (p *program) saved(edits bool) ui.Saved {
	if !edits {
		return ui.Saved{}
	}
	dir, _ := p.env("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) { // as the XDG Base Directory Specification has it
		home, err := os.UserHomeDir()
		if err != nil {
			return ui.Saved{}
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return ui.Saved{Path: filepath.Join(dir, "chat", "history")}
}
