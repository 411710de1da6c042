package ui

import (
	"context"
	"errors"
	"sync"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// A ui serves one person. All but ctx, results, focus and words belongs to the
// goroutine of Run.
type ui struct {
	config   Config
	client   Client
	terminal prompt.Prompt // or plain lines
	view     view
	now      func() time.Time

	ctx       context.Context // of the goroutines
	cancel    context.CancelCauseFunc
	owned     sync.WaitGroup
	results   chan func() // what they have the loop run
	running   int         // how many there are
	focus     chan bool
	completer completer // what can be completed

	lines  <-chan prompt.Line
	plain  bool      // nobody sits at a prompt
	ending bool      // nothing more is entered
	endBy  time.Time // when ending: wait no longer; zero: without limit

	nick        string
	current     string           // the room that what is typed goes to; "": none
	removedFrom string           // a room that one was taken out of, until that was noticed
	failedJoin  string           // a room that could not be joined, though it was counted on
	recent      nicks            // who has written, in any room or in private
	rooms       map[string]*room // those that one is in, as the server shows their names
	joinedNames []string         // of rooms, sorted; replaced, never changed
	early       []client.Event   // of a room whose JOIN has not been dealt with yet
	connection  connection
	requests    requests
	collect     *collector // of /paste; nil: none

	help       []proto.Line      // the server's commands, as HELP lists them
	ignored    map[string]string // nicks, by their folded form
	showJoins  bool
	echoOff    bool
	bell       bell
	unreadMark unreadMark
	presence   presenceBatch
	history    history
	prompt     string // as shown
	status     string // as shown
	listed     []string
	listedAt   time.Time // when the rooms were asked for
}

// run talks until the person, the client or the context ends that.
func (u *ui) run() error {
	u.start()
	events := u.client.Events()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		u.requests.start(u)
		u.refresh()
		if u.finished() {
			return nil
		}
		timer.Reset(u.untilNextDue())
		select {
		case line, ok := <-u.input():
			if !ok {
				if err := u.terminal.Err(); err != nil {
					return err
				}
				u.endInput()
				continue
			}
			u.handleInput(line)
		case e, ok := <-events:
			if !ok {
				return u.endReason()
			}
			u.dispatch(e)
		case result := <-u.results:
			u.running--
			result()
		case gained := <-u.focus:
			u.unreadMark.setFocus(gained)
		case <-u.completer.stale:
			u.refreshRooms()
		case <-timer.C:
		case <-u.ctx.Done():
			return context.Cause(u.ctx)
		}
	}
}

// quitTimeout is how long answers are waited for when somebody at a prompt leaves.
const quitTimeout = 3 * time.Second

// start is what comes before anything is typed.
func (u *ui) start() {
	u.history.open(u.config.History)
	u.terminal.SetHistory(u.history.entries(""))
	u.terminal.Print(u.view.infof("/help lists the commands, /quit ends"))
	u.fetchHelp()
	u.fetchRooms()
	if u.config.Room == "" {
		u.infof("you are in no room; /rooms lists them, /join enters one")
		return
	}
	u.enterRoom(u.config.Room)
}

// endInput takes no more lines. What is under way is waited for.
func (u *ui) endInput() {
	if u.ending {
		return
	}
	u.ending, u.lines = true, nil
	switch {
	case u.plain:
	case u.connection.up():
		u.endBy = u.now().Add(quitTimeout)
	default:
		u.endBy = u.now()
	}
}

// input is where the next line comes from. What does not come from a person at
// a prompt is dealt with line by line.
func (u *ui) input() <-chan prompt.Line {
	if u.plain && u.requests.inFlight != nil {
		return nil
	}
	return u.lines
}

// finished reports whether there is nothing left to wait for.
func (u *ui) finished() bool {
	late := !u.endBy.IsZero() && !u.now().Before(u.endBy)
	return u.ending && (u.requests.none() || late)
}

// endReason returns why the client has ended.
func (u *ui) endReason() error {
	if err := u.client.Err(); !errors.Is(err, client.ErrClosed) {
		return err
	}
	return nil
}

// close closes the client, says what becomes of what was under way, and gives
// the terminal back.
func (u *ui) close() error {
	closed := make(chan error, 1)
	u.owned.Go(func() {
		defer u.terminal.Guard()
		closed <- u.client.Close()
		u.cancel(client.ErrClosed)
	})
	for u.running > 0 {
		result := <-u.results
		u.running--
		result()
	}
	u.requests.abandon(u)
	u.owned.Wait()
	u.history.close()
	u.sayHistory()
	_ = u.terminal.Close()
	return <-closed
}

// background runs do in a goroutine of its own, and then, in the loop, what it
// returns.
func (u *ui) background(do func(context.Context) func()) {
	u.running++
	u.owned.Go(func() {
		defer u.terminal.Guard()
		u.results <- do(u.ctx)
	})
}

// refresh brings prompt, status row and completion up to date.
func (u *ui) refresh() {
	now := u.now()
	if u.presence.due(now) {
		u.showPresence()
	}
	if at := u.recountDue(); !at.IsZero() && !now.Before(at) {
		u.fetchRooms()
	}
	if p := u.promptText(); p != u.prompt {
		u.prompt = p
		u.terminal.SetPrompt(p)
	}
	if s := u.statusText(now); s != u.status {
		u.status = s
		u.terminal.SetStatus(s)
	}
	u.publish()
	u.saveHistory()
	u.sayHistory()
}

// untilNextDue is how long until something is to be done of which nothing tells.
func (u *ui) untilNextDue() time.Duration {
	now, next := u.now(), u.now().Add(time.Hour)
	for _, due := range []time.Time{u.presence.dueAt(), u.requests.at(), u.connection.changesAt(now), u.recountDue(), u.endBy} {
		if !due.IsZero() && due.Before(next) {
			next = due
		}
	}
	return max(next.Sub(now), 0)
}

func (u *ui) print(text string) { u.terminal.Print(text) }

func (u *ui) printAll(lines []string) {
	for _, line := range lines {
		u.print(line)
	}
}

func (u *ui) infof(format string, args ...any) { u.print(u.view.infof(format, args...)) }

func (u *ui) errorf(format string, args ...any) { u.print(u.view.errorf(format, args...)) }

// eventf prints a line about what happens now.
func (u *ui) eventf(format string, args ...any) {
	u.print(u.view.eventf(u.now(), format, args...))
}
