// Package ui is chat for people: what is typed into a terminal becomes posts
// and commands, and what a client has to say becomes lines to read.
//
// One goroutine, that of Run, owns all that is shown. It waits for what is
// entered, for events, and for the reports of another one, which carries out
// what has to do with the server, one job after the other: so a person types
// on while a command waits, and answers come in the order of the commands.
//
//	terminal ─ lines ─▶ Run ─ jobs ──▶ work ─▶ client
//	terminal ◀─ Print ─ Run ◀─ reports ─ work
//	                    Run ◀─ events ──────── client
package ui

import (
	"context"
	"sync"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/console"
)

// Config is what a UI needs to know beside its client and its terminal.
type Config struct {
	Color   bool
	Zone    *time.Location     // of the times that are shown
	Backlog int                // posts to show of a room that is joined
	Saved   Saved              // the input history
	Focus   <-chan bool        // whether the window is looked at; nil: not known
	Reason  func(error) string // what of an error a person can act on
	Drain   bool               // at the end of the input wait for all answers, however long
}

// A UI is one person's chat. Make it with New.
type UI struct {
	config   Config
	client   *client.Client
	terminal Terminal
	words    *Completer
	view     *view

	jobs    chan job
	reports chan func()
	owned   sync.WaitGroup // work, and the waits for the answers to posts

	// Run's own.
	rooms     map[string]*room // those that the client is in
	current   string           // whose prompt is shown; "": none
	moving    int              // jobs that may change it
	joining   map[string]int   // jobs that join a room, by its name in lower case
	early     []client.Post    // of rooms that are being joined
	ignored   map[string]bool  // nicks, in lower case
	link      link
	folds     fold
	showJoins bool
	bell      string // one of bells
	rang      time.Time
	away      bool      // the window is not looked at
	active    time.Time // when a line was entered
	marked    bool      // there is a line above what is new
	recount   time.Time // when the members of large rooms are counted again
	waiting   int       // posts without an answer
	unsaved   bool      // it was said that the input history is not kept
	quitting  bool
	prompt    string // as shown
	row       string // the status row, as shown
}

// A link is how the connection stands.
type link struct {
	state client.State
	next  time.Time // the next attempt, in state Lost
	told  bool      // that it is lost
	held  bool      // that posts wait for it
}

// A room is one that the client is in.
type room struct {
	members   uint64
	unread    int // posts while it was not the current one
	mentioned bool
}

const (
	mostJobs  = 256              // that wait
	mostEarly = 1000             // posts of rooms that are being joined
	idleFor   = 10 * time.Minute // without an entered line, after which a person is away
	bellPause = 2 * time.Second
	drainFor  = 5 * time.Second
	countFor  = time.Minute
)

// New returns the UI of a client that is connected. Words is what the
// terminal's completion asks. Client and terminal are the caller's to close.
func New(c *client.Client, t Terminal, words *Completer, config Config) *UI {
	now := time.Now()
	return &UI{
		config: config, client: c, terminal: t, words: words,
		view: newView(config.Color, config.Zone, now),
		jobs: make(chan job, mostJobs), reports: make(chan func()),
		rooms: map[string]*room{}, joining: map[string]int{}, ignored: map[string]bool{},
		link: link{state: client.Init}, showJoins: true, bell: "on", active: now,
	}
}

// Run chats until the person wishes to end, or the terminal, the client or ctx
// does. Room is joined first, and made if need be; "" is none. The error is why
// it ended: nil when the person wished so.
func (u *UI) Run(ctx context.Context, room string) error {
	work, stop := context.WithCancel(ctx)
	u.owned.Go(func() {
		defer u.terminal.Guard()
		u.work(work)
	})
	u.setHistory()
	u.learn()
	if room != "" {
		u.enterRoom(room)
	}
	err := u.loop(ctx)
	if err == nil {
		u.drain(ctx)
	}
	stop()
	u.owned.Wait()
	if u.waiting > 0 {
		u.problem("%s had no answer yet, and may not be posted", counted(uint64(u.waiting), "post"))
	}
	u.noteSaving(u.config.Saved.Trim())
	return err
}

// loop deals with one thing after the other until it is over.
func (u *UI) loop(ctx context.Context) error {
	for !u.quitting {
		u.refresh()
		if err := u.terminal.Err(); err != nil {
			return err
		}
		select {
		case line, ok := <-u.terminal.Lines():
			if !ok {
				return u.terminal.Err()
			}
			u.enter(line)
		case e, ok := <-u.client.Events():
			if !ok {
				return u.client.Err()
			}
			u.event(e)
		case report := <-u.reports:
			report()
		case <-u.words.stale:
			u.listRooms()
		case looked := <-u.config.Focus:
			u.away, u.marked = !looked, u.marked && !looked
		case now := <-u.alarm():
			u.tick(now)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// alarm fires when there is something to do that nothing else brings.
func (u *UI) alarm() <-chan time.Time {
	switch {
	case !u.folds.until.IsZero():
		return time.After(time.Until(u.folds.until))
	case u.link.state == client.Lost:
		return time.After(time.Second) // the status row counts down
	case !u.recount.IsZero():
		return time.After(time.Until(u.recount))
	}
	return nil
}

func (u *UI) tick(now time.Time) {
	if !u.folds.until.IsZero() && !now.Before(u.folds.until) {
		u.flushFold()
	}
	if !u.recount.IsZero() && !now.Before(u.recount) {
		u.recount = time.Time{}
		u.listRooms()
	}
}

// drain waits for the answers to what was entered, when nothing more will be.
func (u *UI) drain(ctx context.Context) {
	if !u.config.Drain {
		if u.waiting == 0 && len(u.jobs) == 0 || !u.connected() {
			return
		}
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, drainFor)
		defer stop()
	}
	idle := make(chan struct{})
	last := job(func(context.Context) func() { close(idle); return nil })
	jobs := u.jobs
	for u.waiting > 0 || idle != nil {
		select {
		case jobs <- last:
			jobs = nil
		case <-idle:
			idle = nil
		case report := <-u.reports:
			report()
		case e, ok := <-u.client.Events():
			if !ok {
				return
			}
			u.event(e)
		case <-ctx.Done():
			return
		}
	}
}

func (u *UI) connected() bool {
	return u.link.state == client.Init || u.link.state == client.InRoom
}

func (u *UI) print(text string) { u.terminal.Print(text) }

// problem shows what was refused or has failed.
func (u *UI) problem(format string, args ...any) { u.print(u.view.problem(format, args...)) }

// enter deals with what was entered.
func (u *UI) enter(line console.Line) {
	u.active, u.marked = time.Now(), false
	u.flushFold()
	if !isSecret(line.Text, u.current != "") {
		u.noteSaving(u.config.Saved.Add(u.current, line.Text))
	}
	if line.Paste != nil {
		u.paste(line.Paste)
		return
	}
	e, ok := read(line.Text, u.current != "" || u.moving > 0)
	switch {
	case !ok:
	case e.verb != "":
		u.command(e)
	case e.text != "":
		u.post(e.text)
	default:
		u.problem("a slash wants a command behind it; /help lists them")
	}
}

// noteSaving says, once, that the input history cannot be kept.
func (u *UI) noteSaving(err error) {
	if err != nil && !u.unsaved {
		u.unsaved = true
		u.print(u.view.rule("what you type is not remembered: %v", err))
	}
}

// setHistory has the terminal offer what was entered in the current room.
func (u *UI) setHistory() {
	entries, err := u.config.Saved.Room(u.current)
	u.noteSaving(err)
	u.terminal.SetHistory(entries)
}
