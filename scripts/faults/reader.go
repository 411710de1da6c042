package main

import (
	"context"
	"fmt"
	"net"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// A reader is a member of rooms. After a restart it continues after the last number that
// it read.
type reader struct {
	load     *load
	number   int
	rooms    []int      // which it is a member of
	stays    bool       // with a machine that does not answer
	from     net.Addr   // where it connects from, over TCP; nil: it connects to a socket
	last     []uint64   // by room: the last number read
	open     proto.Line // a post whose last lines may still come; Type is empty if there is none
	arrivals pulse      // of posts
}

func (r *reader) name() string { return fmt.Sprintf("reader-%d", r.number) }

// run reads until the connection breaks. It calls caughtUp when it has joined its
// rooms and so has read what was stored before. Every other reader uses JSON.
func (r *reader) run(ctx context.Context, address string, caughtUp func()) error {
	r.open = proto.Line{}
	c, err := r.enter(ctx, address)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if r.asks() {
		defer keepAsking(ctx, c)()
	}
	for joined := 0; ; {
		line, err := c.Receive()
		if err != nil {
			return err
		}
		if err := r.take(line); err != nil {
			return err
		}
		if line.Verb != "JOIN" {
			continue
		}
		if joined++; joined == len(r.rooms) {
			caughtUp()
			if !r.asks() {
				c.Timeout = 0
			}
		}
	}
}

// enter connects and sends all JOINs.
func (r *reader) enter(ctx context.Context, address string) (*harness.Client, error) {
	network := "unix"
	if r.from != nil {
		network = "tcp"
	}
	c, err := r.load.dialFrom(ctx, r.from, network, address, r.name())
	if err != nil {
		return nil, err
	}
	commands := "SET presence off\n"
	if r.number%2 == 1 {
		commands = "FORMAT json\n" + commands
	}
	for _, room := range r.rooms {
		commands += fmt.Sprintf("JOIN %s AFTER %d\n", r.load.source.rooms[room], r.last[room])
	}
	if err := c.Send(commands); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// asks reports whether the reader finds out that a machine does not answer, and goes elsewhere.
func (r *reader) asks() bool { return r.load.ledger.anywhere && !r.stays }

// take handles one line. A post is complete when it equals what was posted, or when
// another line follows. An error is why the reader must go elsewhere.
func (r *reader) take(line proto.Line) error {
	if line.Type == proto.MORE && r.open.Type != "" && line.Room == r.open.Room && line.Seq == r.open.Seq && line.Nick == r.open.Nick {
		r.open.Text += "\n" + line.Text
	} else {
		r.finish()
	}
	switch line.Type {
	case proto.MSG, proto.ME:
		r.open = line
	case proto.OK:
		if line.Verb == "JOIN" {
			r.joined(line)
		}
	case proto.BYE:
		return &proto.Error{Code: line.Code, Text: line.Text}
	case proto.ERR:
		if r.load.ledger.anywhere {
			return fmt.Errorf("%s: %w", line.Verb, &proto.Error{Code: line.Code, Text: line.Text})
		}
		r.load.ledger.fault(misread, "%s was answered ERR %s %s %s", r.name(), line.Verb, line.Code, line.Text)
	case proto.GAP:
		r.load.ledger.fault(misread, "%s was told of a gap in %s from %d to %d", r.name(), line.Room, line.From, line.To)
	}
	if _, whole := r.load.source.identify(r.open); whole {
		r.finish()
	}
	return nil
}

// finish records the open post.
func (r *reader) finish() {
	line := r.open
	r.open = proto.Line{}
	if line.Type == "" {
		return
	}
	room := r.room(line)
	if room < 0 {
		return
	}
	if line.Seq != r.last[room]+1 {
		r.load.ledger.fault(misread, "%s read %s %d after %d", r.name(), line.Room, line.Seq, r.last[room])
	}
	r.last[room] = line.Seq
	r.arrivals.beat()
	r.load.ledger.read(r.name(), room, line)
}

// joined checks that all posts came before the OK of the JOIN.
func (r *reader) joined(line proto.Line) {
	room := r.room(line)
	if room < 0 {
		return
	}
	if line.Seq != r.last[room] {
		r.load.ledger.fault(misread, "%s had read %s up to %d when its JOIN was answered with %d", r.name(), line.Room, r.last[room], line.Seq)
	}
	r.load.ledger.reached(room, line.Seq)
}

// room returns the index of a line's room; -1 if there is no such room.
func (r *reader) room(line proto.Line) int {
	for i, name := range r.load.source.rooms {
		if name == line.Room {
			return i
		}
	}
	r.load.ledger.fault(changed, "%s read a post of room %q", r.name(), line.Room)
	return -1
}
