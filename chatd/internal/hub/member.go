package hub

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A Nick is what a member is called in a room.
type Nick struct {
	Shown   string
	Account bool // it is an account's, whose sessions share it; a guest shares its nick with nobody
}

// A Member is one session in one room. Its Cursor belongs to the session's writer; its
// other methods may be called from any goroutine.
type Member struct {
	Cursor
	session uint64
	nick    Nick // guarded by room.mu
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
func NewMember(r *Room, session uint64, nick Nick, wake func()) *Member {
	return &Member{Cursor: Cursor{room: r}, session: session, nick: nick, wake: wake}
}

// Session returns the number of the session.
func (m *Member) Session() uint64 { return m.session }

// Join makes m a member at one point of the room's order, which JOINED tells if its nick
// is new there. It returns the last number published there, after which the cursor begins,
// and how many nicks there are now. history.ErrNoRoom: the room was deleted meanwhile.
// ErrTooManyMembers.
func (m *Member) Join(b Blocker) (head, nicks uint64, err error) {
	r := m.room
	r.withLock(b, func(now members) (told []*Member) {
		switch {
		case r.dropped.Load():
			err = history.ErrNoRoom
			return nil
		case len(now.all) >= r.hub.config.MaxMembers:
			err = ErrTooManyMembers
			return nil
		}
		if r.appear(m.nick) {
			now.nicks++
			told = r.announcePresence(event{kind: proto.JOINED, nick: m.nick.Shown}, m.session, now.nicks)
		}
		now.all = append(now.all, m) // whoever holds the slice as it was does not see this
		r.members.Store(&now)
		here := r.log.head()
		m.pos, m.lastSeq = here.pos, here.seq
		head, nicks = here.seq, uint64(now.nicks)
		r.hub.say(&backplane.Join{Session: m.session, Fold: r.fold})
		return told
	})
	return head, nicks, err
}

// SayAgain tells the other machines, if there are any, that the member is in the room.
func (m *Member) SayAgain() {
	m.room.withLock(nil, func(members) []*Member {
		if m.end.Load() == nil {
			m.room.hub.say(&backplane.Join{Session: m.session, Fold: m.room.fold})
		}
		return nil
	})
}

// Leave ends the membership at one point of the room's order, where reading ends, too.
// Why is the reason in the LEFT line; with "", or while others share the nick, there is no
// such line.
func (m *Member) Leave(b Blocker, why string) {
	r := m.room
	r.withLock(b, func(now members) []*Member {
		if m.end.Load() != nil {
			return nil // the room was deleted
		}
		r.hub.say(&backplane.Leave{Session: m.session, Fold: r.fold, Why: why})
		here := r.log.head()
		m.end.Store(&here)
		size, gone := now.nicks, r.disappear(m.nick)
		if gone {
			now.nicks--
		}
		now.all = slices.DeleteFunc(slices.Clone(now.all), func(other *Member) bool { return other == m })
		r.members.Store(&now)
		if !gone {
			return nil
		}
		return r.announcePresence(event{kind: proto.LEFT, nick: m.nick.Shown, why: why}, m.session, size)
	})
}

// byLogin is the reason in the LEFT line of a guest who has become a user that is in the
// room already.
const byLogin = "login"

// Rename changes the nick that the member has in the room. Others are told whether the old
// one is gone and whether the new one was there before: RENAMED says both, LEFT the first,
// JOINED the second.
func (m *Member) Rename(b Blocker, nick Nick) {
	r := m.room
	r.withLock(b, func(now members) []*Member {
		if m.end.Load() != nil {
			return nil // the room was deleted
		}
		old := m.nick
		m.nick = nick
		return r.rename(now, old, nick, m.session)
	})
}

// rename counts a session that has changed its nick, and tells the others. Its caller holds mu.
func (r *Room) rename(now members, old, nick Nick, from uint64) []*Member {
	size := now.nicks
	gone, appears := r.disappear(old), r.appear(nick)
	if gone {
		now.nicks--
	}
	if appears {
		now.nicks++
	}
	r.members.Store(&now)
	if old.Shown == nick.Shown || !gone && !appears {
		return nil
	}
	r.sayUnsaidOf(old.Shown, size)
	r.sayUnsaidOf(nick.Shown, size)
	switch {
	case !appears:
		return r.announce(event{kind: proto.LEFT, nick: old.Shown, why: byLogin}, from, size)
	case !gone:
		return r.announce(event{kind: proto.JOINED, nick: nick.Shown}, from, now.nicks)
	}
	return r.announce(event{kind: proto.RENAMED, old: old.Shown, nick: nick.Shown}, from, size)
}

// appear counts a session in under its nick, and reports whether it is the first. Its
// caller holds mu.
func (r *Room) appear(n Nick) (first bool) {
	if !n.Account {
		return true
	}
	if r.accounts == nil {
		r.accounts = map[string]int{}
	}
	r.accounts[n.Shown]++
	return r.accounts[n.Shown] == 1
}

// disappear counts a session out, and reports whether it was the last of its nick. Its
// caller holds mu.
func (r *Room) disappear(n Nick) (last bool) {
	if !n.Account {
		return true
	}
	if r.accounts[n.Shown]--; r.accounts[n.Shown] > 0 {
		return false
	}
	delete(r.accounts, n.Shown)
	return true
}

// maxQuickWakes is how many members a caller wakes without calling Block before.
const maxQuickWakes = 16

// withLock calls f with the members and with mu held, so that f sees and changes the
// room at one point of its order. Then it wakes the members that f returns.
func (r *Room) withLock(b Blocker, f func(now members) (told []*Member)) {
	if r.Connections() > maxQuickWakes {
		block(b)
	}
	r.mu.Lock()
	told := f(*r.members.Load())
	r.mu.Unlock()
	for _, m := range told {
		m.wake()
	}
}

// Who returns the nicks in the room, each once, sorted.
func (r *Room) Who() []Nick {
	var nicks []Nick
	r.mu.Lock()
	for _, m := range r.members.Load().all {
		nicks = append(nicks, m.nick)
	}
	nicks = slices.AppendSeq(nicks, maps.Values(r.elsewhere))
	r.mu.Unlock()
	slices.SortFunc(nicks, func(a, b Nick) int { return strings.Compare(a.Shown, b.Shown) })
	return slices.CompactFunc(nicks, func(a, b Nick) bool { return a.Shown == b.Shown })
}

// Has reports whether the nick is in the room.
func (r *Room) Has(nick string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.elsewhere {
		if other.Shown == nick {
			return true
		}
	}
	return slices.ContainsFunc(r.members.Load().all, func(m *Member) bool { return m.nick.Shown == nick })
}

// SetTopic stores a topic, which may take long, and then tells the members.
// history.ErrNoRoom, history.ErrFailed, history.ErrUnknown.
func (r *Room) SetTopic(ctx context.Context, session uint64, topic Topic) error {
	select {
	case r.settingTopic <- struct{}{}: // topics are told in the order in which they are stored
		defer func() { <-r.settingTopic }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if r.dropped.Load() {
		return history.ErrNoRoom
	}
	set := make(chan error, 1)
	change := &backplane.SetTopic{Session: session, Fold: r.fold, Topic: topic.Text, Nick: topic.By}
	r.hub.changes.Submit(change, func(v backplane.Verdict) {
		show := func() {
			if v.Err == nil {
				r.setTopic(session, topic)
			}
			set <- v.Err
		}
		if r.hub.shared {
			r.deliver(result{others: show}) // after the topics of other machines that come before it
			return
		}
		show()
	})
	return <-set
}

// setTopic sets a topic that is stored, and tells the members.
func (r *Room) setTopic(session uint64, topic Topic) {
	told := event{kind: proto.TOPIC, nick: topic.By, text: topic.Text}
	r.withLock(nil, func(now members) []*Member {
		r.topic.Store(&topic)
		r.append([]entry{{event: &told, from: session}})
		return now.all
	})
}
