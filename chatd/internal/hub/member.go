package hub

import (
	"context"
	"slices"
	"sync/atomic"

	"linechat/chatd/proto"
)

// A Member is one session in one room. Its Cursor belongs to the session's writer; its
// other methods may be called from any goroutine.
type Member struct {
	Cursor
	session uint64
	nick    string // guarded by room.mu
	wake    func()
	end     atomic.Pointer[Position] // where the membership ended; nil while it lasts
}

// Head returns how far the member is to read: up to what is published now, or up to
// where the membership ended.
func (m *Member) Head() Position {
	head := m.room.log.head() // before end is read: the membership may end in between
	if end := m.end.Load(); end != nil {
		return *end
	}
	return head
}

// NewMember returns a future member of r, who joins with Join. wake is called from any
// goroutine when there is something new to read, and perhaps once more after Leave. It
// must not block. The caller's reference to the room becomes the member's.
func NewMember(r *Room, session uint64, nick string, wake func()) *Member {
	return &Member{Cursor: Cursor{room: r}, session: session, nick: nick, wake: wake}
}

// Join makes m a member at one point of the room's order. It returns the last number
// published there, after which the cursor begins, and how many members there are now.
func (m *Member) Join(b Blocker) (head, members uint64) {
	r := m.room
	r.withLock(b, func(all []*Member) (told []*Member) {
		told = r.announce(event{kind: proto.JOINED, nick: m.nick}, m.session, len(all)+1)
		all = append(all, m) // whoever holds the slice as it was does not see this
		r.members.Store(&all)
		here := r.log.head()
		m.pos, m.lastSeq = here.pos, here.seq
		head, members = here.seq, uint64(len(all))
		return told
	})
	return head, members
}

// Leave ends the membership at one point of the room's order, where reading ends, too.
// Why is the reason in the LEFT line; with "" there is no such line.
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

// maxQuickWakes is how many members a caller wakes without calling Block before.
const maxQuickWakes = 16

// withLock calls f with the members and with mu held, so that f sees and changes the
// room at one point of its order. Then it wakes the members that f returns.
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

// announce appends a presence line to the log if somebody can read it and the room is
// small enough, and returns whom to wake. Its caller holds mu. Members is the size of
// the room with whoever comes or goes.
func (r *Room) announce(e event, from uint64, members int) []*Member {
	all := *r.members.Load()
	if members > r.hub.config.Presence || len(all) == 0 {
		return nil
	}
	r.append([]entry{{event: &e, from: from}})
	return all
}

// Who returns the members' nicks, sorted.
func (r *Room) Who() []string {
	var nicks []string
	r.mu.Lock()
	for _, m := range *r.members.Load() {
		nicks = append(nicks, m.nick)
	}
	r.mu.Unlock()
	slices.Sort(nicks)
	return nicks
}

// SetTopic stores a topic, which may take long, and then tells the members.
// history.ErrFailed, history.ErrUnknown.
func (r *Room) SetTopic(ctx context.Context, session uint64, topic Topic) error {
	select {
	case r.settingTopic <- struct{}{}: // topics are told in the order in which they are stored
		defer func() { <-r.settingTopic }()
	case <-ctx.Done():
		return ctx.Err()
	}
	ctx = context.WithoutCancel(ctx) // a topic that may be stored must be told
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
