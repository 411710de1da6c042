package people

import (
	"context"
	"errors"
	"sync"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/console"
	"linechat/chatd/proto"
)

// A talk is one person's. All but ctx, results, focus and words belongs to the
// goroutine of Talk.
type talk struct {
	config   Config
	client   Client
	terminal terminal
	view     view
	now      func() time.Time

	ctx     context.Context // of the goroutines
	cancel  context.CancelCauseFunc
	owned   sync.WaitGroup
	results chan func() // what they have the loop run
	running int         // how many there are
	focus   chan bool
	words   words // what can be completed

	lines  <-chan console.Line
	plain  bool      // nobody sits at a prompt
	ending bool      // nothing more is entered
	endBy  time.Time // when ending: wait no longer; zero: without limit

	nick        string
	current     string           // the room that what is typed goes to; "": none
	taken       string           // a room that one was taken out of, until that was noticed
	missed      string           // a room that could not be joined, though it was counted on
	recent      nicks            // who has written, in any room or in private
	rooms       map[string]*room // those that one is in, as the server shows their names
	joinedNames []string         // of rooms, sorted; replaced, never changed
	early       []client.Event   // of a room whose JOIN has not been dealt with yet
	link        link
	errands     errands
	collect     *collector // of /paste; nil: none

	help      []proto.Line      // the server's commands, as HELP lists them
	ignored   map[string]string // nicks, by their folded form
	showJoins bool
	echoOff   bool
	bell      bell
	attention attention
	fold      fold
	history   history
	prompt    string // as shown
	status    string // as shown
	listed    []string
	listedAt  time.Time // when the rooms were asked for
}

// run talks until the person, the client or the context ends that.
func (t *talk) run() error {
	t.begin()
	events := t.client.Events()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		t.errands.start(t)
		t.show()
		if t.over() {
			return nil
		}
		timer.Reset(t.untilDue())
		select {
		case line, ok := <-t.input():
			if !ok {
				if err := t.terminal.Err(); err != nil {
					return err
				}
				t.end()
				continue
			}
			t.enter(line)
		case e, ok := <-events:
			if !ok {
				return t.ended()
			}
			t.happened(e)
		case result := <-t.results:
			t.running--
			result()
		case gained := <-t.focus:
			t.attention.focus(gained)
		case <-t.words.stale:
			t.refreshRooms()
		case <-timer.C:
		case <-t.ctx.Done():
			return context.Cause(t.ctx)
		}
	}
}

// lastWait is how long answers are waited for when somebody at a prompt leaves.
const lastWait = 3 * time.Second

// begin is what comes before anything is typed.
func (t *talk) begin() {
	t.history.open(t.config.History)
	t.terminal.SetHistory(t.history.entries(""))
	t.terminal.Print(t.view.info("/help lists the commands, /quit ends"))
	t.askHelp()
	t.listRooms()
	if t.config.Room == "" {
		t.info("you are in no room; /rooms lists them, /join enters one")
		return
	}
	t.enterRoom(t.config.Room)
}

// end takes no more lines. What is under way is waited for.
func (t *talk) end() {
	if t.ending {
		return
	}
	t.ending, t.lines = true, nil
	switch {
	case t.plain:
	case t.link.up():
		t.endBy = t.now().Add(lastWait)
	default:
		t.endBy = t.now()
	}
}

// input is where the next line comes from. What does not come from a person at
// a prompt is dealt with line by line.
func (t *talk) input() <-chan console.Line {
	if t.plain && t.errands.turn != nil {
		return nil
	}
	return t.lines
}

// over reports whether there is nothing left to wait for.
func (t *talk) over() bool {
	late := !t.endBy.IsZero() && !t.now().Before(t.endBy)
	return t.ending && (t.errands.none() || late)
}

// ended returns why the client has ended.
func (t *talk) ended() error {
	if err := t.client.Err(); !errors.Is(err, client.ErrClosed) {
		return err
	}
	return nil
}

// close closes the client, says what becomes of what was under way, and gives
// the terminal back.
func (t *talk) close() error {
	closed := make(chan error, 1)
	t.owned.Go(func() {
		defer t.terminal.Guard()
		closed <- t.client.Close()
		t.cancel(client.ErrClosed)
	})
	for t.running > 0 {
		result := <-t.results
		t.running--
		result()
	}
	t.errands.abandon(t)
	t.owned.Wait()
	t.history.close()
	t.sayHistory()
	_ = t.terminal.Close()
	return <-closed
}

// aside runs do in a goroutine of its own, and then, in the loop, what it
// returns.
func (t *talk) aside(do func(context.Context) func()) {
	t.running++
	t.owned.Go(func() {
		defer t.terminal.Guard()
		t.results <- do(t.ctx)
	})
}

// show brings prompt, status row and completion up to date.
func (t *talk) show() {
	now := t.now()
	if t.fold.due(now) {
		t.showPresence()
	}
	if at := t.recountAt(); !at.IsZero() && !now.Before(at) {
		t.listRooms()
	}
	if p := t.promptText(); p != t.prompt {
		t.prompt = p
		t.terminal.SetPrompt(p)
	}
	if s := t.statusText(now); s != t.status {
		t.status = s
		t.terminal.SetStatus(s)
	}
	t.publish()
	t.saveHistory()
	t.sayHistory()
}

// untilDue is how long until something is to be done of which nothing tells.
func (t *talk) untilDue() time.Duration {
	now, next := t.now(), t.now().Add(time.Hour)
	for _, due := range []time.Time{t.fold.at(), t.errands.at(), t.link.at(now), t.recountAt(), t.endBy} {
		if !due.IsZero() && due.Before(next) {
			next = due
		}
	}
	return max(next.Sub(now), 0)
}

func (t *talk) print(text string) { t.terminal.Print(text) }

func (t *talk) printAll(lines []string) {
	for _, line := range lines {
		t.print(line)
	}
}

func (t *talk) info(format string, args ...any) { t.print(t.view.info(format, args...)) }

func (t *talk) complain(format string, args ...any) { t.print(t.view.complaint(format, args...)) }

// happens prints a line about what happens now.
func (t *talk) happens(format string, args ...any) {
	t.print(t.view.event(t.now(), format, args...))
}
