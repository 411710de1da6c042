// Package ui is chat for people: what they type is posted in a room or is a
// command, and what happens in their rooms is printed above it.
//
// One loop, that of Run, owns everything. It takes the lines that are entered, and
// the client's events in the order of the wire, the answers to commands among
// them. It never waits for the server.
//
//	terminal ─ lines ──▶ ui ─ Send ──▶ client
//	        ◀─ Print ──    ◀─ events ─
//
// Two tables say what there is: dispatch has a method for each event, and commands
// a row for each command.
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
	Send(proto.Command, ...client.Option) (*client.Request, error)
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
	Servers  bool           // there are several: /whoami names the one
	History  string         // the file that input is kept in; "": it is not

	// Insecure says that others may read the connection, so that no password is sent.
	Insecure bool

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
		config: config, client: c, now: time.Now, focus: make(chan bool, 1),
		session: c.Session(), rooms: map[string]*room{}, queries: map[*client.Request]func(client.Reply){},
		ignored: map[string]string{}, bell: bell{mode: bellOn}, showJoins: true,
	}
	u.ctx, u.cancel = context.WithCancelCause(ctx)
	u.view = view{render.New(config.Color, config.Zone, u.now())}
	u.completer.wantsRooms = make(chan struct{}, 1)
	u.unreadMark.noteInput(u.now())
	u.publish() // Tab may be pressed before the loop runs
	return u
}
