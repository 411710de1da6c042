package ui

import (
	"context"
	"slices"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// A ui serves one person. All but ctx, focus and completer belongs to the goroutine of
// Run; there is no other.
type ui struct {
	config   Config
	client   Client
	terminal prompt.Prompt // or plain lines
	view     view
	now      func() time.Time

	ctx       context.Context
	cancel    context.CancelCauseFunc
	focus     chan bool // whether the window has gained or lost it
	completer completer // what can be completed

	lines  <-chan prompt.Line
	plain  bool      // nobody sits at a prompt
	ending bool      // no more lines are read
	endBy  time.Time // until when answers are waited for then; zero: without limit

	session    client.Session // set by onStateChange alone
	connection connection
	rooms      map[string]*room // those of session.Rooms
	requests   requests
	queries    map[*client.Request]func(client.Reply) // what is done with answers that are not shown

	route   route      // where lines go
	recent  nicks      // who has written, in any room or in private
	collect *collector // of /paste; nil: none

	secret        string         // was typed besides the line that is being handled
	needsPassword *proto.Command // the next line is its password; nil: none

	help       []proto.Line      // the server's commands, as HELP lists them
	ignored    map[string]string // nicks, by their folded form
	showJoins  bool
	bell       bell
	unreadMark unreadMark
	presence   presenceBatch
	shown      shown
	listed     []string  // the server's rooms
	listedAt   time.Time // when they were asked for
}

// shown is what the terminal shows.
type shown struct{ prompt, status, room, history string }

// run talks until the person, the client or the context ends that.
func (u *ui) run() error {
	u.start()
	events := u.client.Events()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		u.sendWaiting()
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
			u.handleEntered()
			if !ok {
				return nil // close returns why the client has ended
			}
			u.dispatch(e)
		case gained := <-u.focus:
			u.unreadMark.setFocus(gained)
		case <-u.completer.wantsRooms:
			u.refreshRooms()
		case <-timer.C:
		case <-u.ctx.Done():
			return context.Cause(u.ctx)
		}
	}
}

// quitTimeout is how long answers are waited for when somebody at a prompt leaves.
const quitTimeout = 3 * time.Second

// start greets the person and joins the first room.
func (u *ui) start() {
	u.terminal.Print(u.view.infof("/help lists the commands, /quit ends"))
	u.fetchHelp()
	u.fetchRooms()
	if u.session.Account != "" {
		u.fetchIgnored()
	}
	if u.config.Room == "" {
		u.infof("you are in no room; /rooms lists them, /join enters one")
		return
	}
	u.joinWith(proto.Command{Verb: "JOIN", Words: []string{u.config.Room}}, client.CreateRoom)
}

// endInput reads no more lines. What has no answer yet is waited for.
func (u *ui) endInput() {
	if u.ending {
		return
	}
	u.ending, u.lines = true, nil
	switch {
	case u.plain:
	case u.session.Connected():
		u.endBy = u.now().Add(quitTimeout)
	default:
		u.endBy = u.now()
	}
}

// input is where the next line comes from. Lines that nobody types at a prompt are
// read one by one, each after the answer to the one before.
func (u *ui) input() <-chan prompt.Line {
	if u.plain && u.requests.blocking() {
		return nil
	}
	return u.lines
}

// handleEntered handles the lines that were entered before an event, or the client's
// end, is shown: who has typed them did not know of it, and a refused /join would have
// them be for another room.
func (u *ui) handleEntered() {
	for {
		select {
		case line, ok := <-u.input():
			if !ok {
				return // run sees that, too
			}
			u.handleInput(line)
		default:
			return
		}
	}
}

// finished reports whether there is nothing left to wait for.
func (u *ui) finished() bool {
	return u.ending && (len(u.requests) == 0 || isDue(u.endBy, u.now()))
}

// close closes the client, says what becomes of the requests that have no answer,
// and gives the terminal back.
func (u *ui) close() error {
	err := u.client.Close() // after which each request that was sent is answered
	for _, e := range slices.Clone(u.requests) {
		switch {
		case e.sent != nil:
			reply, err := e.sent.Wait(u.ctx)
			u.answered(e, reply, err)
		case isPost(e.command):
			u.notPosted(e.command, client.ErrClosed)
		}
	}
	u.cancel(client.ErrClosed)
	u.terminal.Close()
	return err
}

// refresh brings prompt, status row, history and completion up to date.
func (u *ui) refresh() {
	now := u.now()
	if isDue(u.presence.dueAt(), now) {
		u.showPresence()
	}
	if isDue(u.recountDue(), now) {
		u.fetchRooms()
	}
	u.noteOverdue(now)
	if room := u.route.current; room != u.shown.room {
		u.shown.room = room
		u.showRoom(room)
	}
	if room := u.route.input(); room != u.shown.history {
		u.shown.history = room
		u.terminal.SetHistory(room)
	}
	if p := u.promptText(); p != u.shown.prompt {
		u.shown.prompt = p
		u.terminal.SetPrompt(p)
	}
	if s := u.statusText(now); s != u.shown.status {
		u.shown.status = s
		u.terminal.SetStatus(s)
	}
	u.publish()
}

// isDue reports whether a time has come; the zero time never does.
func isDue(at, now time.Time) bool { return !at.IsZero() && !now.Before(at) }

// untilNextDue is how long until something is to be done of which nothing tells.
func (u *ui) untilNextDue() time.Duration {
	now, next := u.now(), u.now().Add(time.Hour)
	for _, due := range []time.Time{u.presence.dueAt(), u.requests.overdueAt(), u.connection.changesAt(now), u.recountDue(), u.endBy} {
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
