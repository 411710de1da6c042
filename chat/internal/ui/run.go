// Package ui is chat for people: what they type is posted in a room or is a
// command, and what happens in their rooms is printed above it.
//
// The goroutine of Run owns everything. It takes what is entered, what the
// client tells of, and what others hand it to be run. Commands to the server
// are requests: one after the other, each waits for its answer in a goroutine
// of its own, so that nobody waits for the server who wants to type.
//
//	terminal ─ lines ──▶ ui ─ requests ─▶ client
//	       ◀── Print ──    ◀── events, results
package ui

import (
	"context"
	"io"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// A Client is what a [client.Client] does for people.
type Client interface {
	Do(context.Context, proto.Command, ...client.Option) (client.Reply, error)
	Paste(ctx context.Context, room string, lines []string, options ...client.Option) (seq uint64, err error)
	Events() <-chan client.Event
	Session() client.Session
	Err() error
	Close() error
}

// Config says in which room people begin and what they see.
type Config struct {
	Room     string         // to begin in, made if need be; "": none
	Color    bool           // colours
	Zone     *time.Location // of times
	NoStatus bool           // no status row
	History  string         // the file that input is kept in; "": it is not

	// Reason says in a few words why a connection was lost.
	Reason func(error) string

	// Where there is no terminal to edit on. Reading ends with the context.
	Stdin  func(context.Context) io.ReadCloser
	Stdout io.Writer
}

// Run serves a person until the input ends. The client is closed then. The
// result is nil if the person, or the end of the input, wished to end; a
// [*terminal.SignalError]; the cause of the context's end; or the client's Err.
func Run(ctx context.Context, c Client, config Config) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	u := newUI(ctx, c, config)
	u.open(cancel)
	defer u.terminal.Guard()
	err := u.run()
	if closed := u.close(); err == nil {
		err = closed
	}
	return err
}

func newUI(ctx context.Context, c Client, config Config) *ui {
	u := &ui{
		config: config, client: c, now: time.Now, results: make(chan func()), focus: make(chan bool, 1),
		nick: c.Session().Nick, rooms: map[string]*room{}, ignored: map[string]string{},
		bell: bell{mode: bellOn}, connection: connection{state: client.Init}, showJoins: true,
	}
	u.ctx, u.cancel = context.WithCancelCause(ctx)
	u.view = view{render.New(config.Color, config.Zone, u.now())}
	u.completer.stale = make(chan struct{}, 1)
	u.unreadMark.noteInput(u.now())
	u.publish() // Tab may be pressed before the loop runs
	return u
}
