package hub

import (
	"context"
	"slices"
	"sync/atomic"

	"linechat/chatd/proto"
)

// A Member is one session in one room. Its Cursor belongs to the session's
// writer, the rest to the room, in its turn.
type Member struct {
	Cursor
	session uint64
	nick    string
	wake    func()
	end     atomic.Pointer[Position] // where the membership ended; nil: it has not
}

// Head returns the place behind what is published now, or where the membership
// ended: as far as the member is to read. Any goroutine may call it.
func (m *Member) Head() Position {
	head := m.room.log.head() // first, for the membership may end at this moment
	if end := m.end.Load(); end != nil {
		return *end
	}
	return head
}

// NewMember returns a member of r to be, with the nick it has there. wake is
// called in the room's turn when there is something new to read, and must not
// block. The member takes over its caller's handle on the room.
func NewMember(r *Room, session uint64, nick string, wake func()) *Member {
	return &Member{Cursor: Cursor{room: r}, session: session, nick: nick, wake: wake}
}

// Join makes m a member, at one point of the room's order: it returns the last
// number published there, behind which the cursor begins, and how many members
// there are now.
func (m *Member) Join(b Blocker) (head, members uint64) {
	r := m.room
	r.do(b, func() {
		r.announce(event{kind: proto.JOINED, nick: m.nick}, m.session, len(r.members)+1)
		r.members = append(r.members, m)
		here := r.log.head()
		m.pos, m.seen = here.pos, here.seq
		head, members = here.seq, uint64(r.count.Add(1))
	})
	return head, members
}

// Leave ends the membership, at one point of the room's order, beyond which the
// cursor does not go; why is the word of the LEFT line, "" for none.
func (m *Member) Leave(b Blocker, why string) {
	r := m.room
	r.do(b, func() {
		here := r.log.head()
		m.end.Store(&here)
		before := len(r.members)
		r.members = slices.DeleteFunc(r.members, func(other *Member) bool { return other == m })
		r.count.Store(int64(len(r.members)))
		if why != "" {
			r.announce(event{kind: proto.LEFT, nick: m.nick, why: why}, m.session, before)
		}
	})
}

// Rename changes the nick that the member has in the room.
func (m *Member) Rename(b Blocker, nick string) {
	r := m.room
	r.do(b, func() {
		old := m.nick
		m.nick = nick
		r.announce(event{kind: proto.RENAMED, old: old, nick: nick}, m.session, len(r.members))
	})
}

// announce publishes a presence line if there is somebody to read it and the
// room, with members in it, is small enough.
func (r *Room) announce(e event, from uint64, members int) {
	if members <= r.hub.config.Presence && len(r.members) > 0 {
		r.publishEvent(e, from)
	}
}

func (r *Room) publishEvent(e event, from uint64) {
	r.publish([]entry{{event: &e, from: from}})
}

// Who returns the members' nicks in their order.
func (r *Room) Who() []string {
	var nicks []string
	r.do(nil, func() {
		for _, m := range r.members {
			nicks = append(nicks, m.nick)
		}
	})
	slices.Sort(nicks)
	return nicks
}

// SetTopic stores a topic and tells the members. history.ErrFailed.
func (r *Room) SetTopic(ctx context.Context, session uint64, topic Topic) error {
	select {
	case r.topics <- struct{}{}: // so that topics are told in the order in which they are stored
		defer func() { <-r.topics }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx = context.WithoutCancel(ctx) // what may be stored is told
	if err := r.hub.store.SetTopic(ctx, r.fold, topic.Text, topic.By); err != nil {
		return err
	}
	r.do(nil, func() {
		r.topic.Store(&topic)
		r.publishEvent(event{kind: proto.TOPIC, nick: topic.By, text: topic.Text}, session)
	})
	return nil
}
