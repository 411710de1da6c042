package hub

import (
	"context"
	"slices"
	"sync/atomic"

	"linechat/chatd/proto"
)

// A Blocker is who calls a room or the hub from a goroutine that has other work,
// too. Nil is one that has not.
type Blocker interface {
	// Block is called before the caller has to wait, or to do work that takes long.
	Block()
}

func block(b Blocker) {
	if b != nil {
		b.Block()
	}
}

// A Member is one session in one room. Its Cursor belongs to the session's writer.
type Member struct {
	Cursor
	session uint64
	nick    string // guarded by room.mu
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
// called, from any goroutine, when there is something new to read, perhaps for a
// moment after Leave as well; it must not block. The member takes over its caller's
// handle on the room.
func NewMember(r *Room, session uint64, nick string, wake func()) *Member {
	return &Member{Cursor: Cursor{room: r}, session: session, nick: nick, wake: wake}
}

// Join makes m a member, at one point of the room's order: it returns the last
// number published there, behind which the cursor begins, and how many members
// there are now.
func (m *Member) Join(b Blocker) (head, members uint64) {
	r := m.room
	r.withLock(b, func(all []*Member) (told []*Member) {
		told = r.announce(event{kind: proto.JOINED, nick: m.nick}, m.session, len(all)+1)
		all = append(all, m) // behind the end of all that others hold
		r.members.Store(&all)
		here := r.log.head()
		m.pos, m.lastSeq = here.pos, here.seq
		head, members = here.seq, uint64(len(all))
		return told
	})
	return head, members
}

// Leave ends the membership, at one point of the room's order, beyond which the
// cursor does not go; why is the word of the LEFT line, "" for none.
func (m *Member) Leave(b Blocker, why string) {
	r := m.room
	r.withLock(b, func(all []*Member) []*Member {
		here := r.log.head()
		m.end.Store(&here)
		left := slices.DeleteFunc(slices.Clone(all), func(other *Member) bool { return other == m })
		r.members.Store(&left)
		if why == "" {
			return nil
		}
		return r.announce(event{kind: proto.LEFT, nick: m.nick, why: why}, m.session, len(all))
	})
}

// Rename changes the nick that the member has in the room.
func (m *Member) Rename(b Blocker, nick string) {
	r := m.room
	r.withLock(b, func(all []*Member) []*Member {
		old := m.nick
		m.nick = nick
		return r.announce(event{kind: proto.RENAMED, old: old, nick: nick}, m.session, len(all))
	})
}

// maxQuickWakes is how many members are woken while the caller has other work.
const maxQuickWakes = 16

// withLock calls f, with the members, while the room's order stands still, and wakes
// those that f returns when it goes on.
func (r *Room) withLock(b Blocker, f func(all []*Member) (told []*Member)) {
	if r.Members() > maxQuickWakes {
		block(b)
	}
	r.mu.Lock()
	told := f(*r.members.Load())
	r.mu.Unlock()
	for _, m := range told {
		m.wake()
	}
}

// announce appends a presence line to the log if there is somebody to read it and the
// room, with members in it, is small enough. It returns whom to wake.
func (r *Room) announce(e event, from uint64, members int) []*Member {
	all := *r.members.Load()
	if members > r.hub.config.Presence || len(all) == 0 {
		return nil
	}
	r.append([]entry{{event: &e, from: from}})
	return all
}

// Who returns the members' nicks in their order.
func (r *Room) Who() []string {
	var nicks []string
	r.withLock(nil, func(all []*Member) []*Member {
		for _, m := range all {
			nicks = append(nicks, m.nick)
		}
		return nil
	})
	slices.Sort(nicks)
	return nicks
}

// SetTopic stores a topic and tells the members. history.ErrFailed.
func (r *Room) SetTopic(ctx context.Context, session uint64, topic Topic) error {
	select {
	case r.settingTopic <- struct{}{}: // so that topics are told in the order in which they are stored
		defer func() { <-r.settingTopic }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx = context.WithoutCancel(ctx) // what may be stored is told
	if err := r.hub.store.SetTopic(ctx, r.fold, topic.Text, topic.By); err != nil {
		return err
	}
	told := event{kind: proto.TOPIC, nick: topic.By, text: topic.Text}
	r.withLock(nil, func(all []*Member) []*Member {
		r.topic.Store(&topic)
		r.append([]entry{{event: &told, from: session}})
		return all
	})
	return nil
}
