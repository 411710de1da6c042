package hub

import (
	"time"

	"linechat/chatd/proto"
)

// A presences is what a room has said of its nicks within Config.PresenceEvery. The zero
// value is nothing. A room that many come to and leave has two sayings of each for all that
// time, so they are kept small.
type presences struct {
	byNick  map[string]*presence
	sayings []saying // in the order of their times
	awaited bool     // a timer runs until the first of them is due
}

// A presence is what a room has said of one nick.
type presence struct {
	joined, left moment // when each was last said
	unsaid       *event // the last JOINED or LEFT after that, which was passed over; nil: none was
	from         uint64 // the session that caused it
}

// A saying is that something was said of a nick.
type saying struct {
	nick string
	at   moment
}

// A moment is a time, as the time since the hub was made; 0: long ago. It is monotonic.
type moment time.Duration

// now returns the time, which is more than PresenceEvery after 0.
func (h *Hub) now() moment { return moment(time.Since(h.made) + h.config.PresenceEvery + 1) }

// before returns the time that is d earlier.
func (m moment) before(d time.Duration) moment { return m - moment(d) }

// passOver reports whether e is not to be said now: it was said after the time lately, or
// another was passed over before it. Then e is what is to be said of the nick when it is due.
func (ps *presences) passOver(e *event, from uint64, lately moment) bool {
	p := ps.byNick[e.nick]
	if p == nil || p.unsaid == nil && *p.said(e.kind) <= lately {
		return false
	}
	p.unsaid, p.from = e, from
	return true
}

// say notes that e is said now.
func (ps *presences) say(e *event, now moment) {
	p := ps.byNick[e.nick]
	if p == nil {
		if ps.byNick == nil {
			ps.byNick = map[string]*presence{}
		}
		p = new(presence)
		ps.byNick[e.nick] = p
	}
	*p.said(e.kind), p.unsaid = now, nil
	ps.sayings = append(ps.sayings, saying{e.nick, now})
}

// said returns when the last JOINED, or the last LEFT, was said.
func (p *presence) said(kind proto.Keyword) *moment {
	if kind == proto.JOINED {
		return &p.joined
	}
	return &p.left
}

// due forgets what was said up to a time, and returns the nicks of which something was passed
// over, and nothing was said after that time.
func (ps *presences) due(until moment) (unsaid []*presence) {
	n := 0
	for ; n < len(ps.sayings) && ps.sayings[n].at <= until; n++ {
		nick := ps.sayings[n].nick
		p := ps.byNick[nick]
		if p == nil || p.joined > until || p.left > until {
			continue
		}
		if p.unsaid != nil {
			unsaid = append(unsaid, p)
		}
		delete(ps.byNick, nick)
	}
	if ps.sayings = ps.sayings[n:]; len(ps.sayings) == 0 {
		*ps = presences{}
	}
	ps.awaited = false
	return unsaid
}

// announcePresence announces a JOINED or LEFT, unless that was said of the nick lately, and
// returns whom to wake. Its caller holds mu. Nicks is the size of the room with whoever comes
// or goes.
func (r *Room) announcePresence(e event, from uint64, nicks int) []*Member {
	now, every := r.hub.now(), r.hub.config.PresenceEvery
	switch {
	case !r.announces(nicks), e.kind == proto.LEFT && e.why == "":
		delete(r.presences.byNick, e.nick) // what was passed over may be true no more
		return nil
	case every == 0:
	case r.presences.passOver(&e, from, now.before(every)):
		return nil
	default:
		r.presences.say(&e, now)
		r.awaitPresences()
	}
	return r.announce(e, from, nicks)
}

// awaitPresences has the room's goroutine call sayUnsaid when the first saying is due. Its
// caller holds mu.
func (r *Room) awaitPresences() {
	ps := &r.presences
	if ps.awaited || len(ps.sayings) == 0 {
		return
	}
	ps.awaited = true
	due := time.Duration(ps.sayings[0].at-r.hub.now()) + r.hub.config.PresenceEvery
	time.AfterFunc(due, func() { signal(r.presencesDue) })
}

// sayUnsaid says what was passed over and is due.
func (r *Room) sayUnsaid() {
	r.withLock(nil, func(now members) (told []*Member) {
		for _, p := range r.presences.due(r.hub.now().before(r.hub.config.PresenceEvery)) {
			told = r.announcePresence(*p.unsaid, p.from, now.nicks)
		}
		r.awaitPresences()
		return told
	})
}

// sayUnsaidOf says what was passed over about a nick, before something else is said of it. Its
// caller holds mu.
func (r *Room) sayUnsaidOf(nick string, nicks int) {
	if p := r.presences.byNick[nick]; p != nil && p.unsaid != nil {
		e := *p.unsaid
		r.presences.say(&e, r.hub.now())
		r.announce(e, p.from, nicks)
	}
}

// announces reports whether presence lines are sent in a room of that size, and somebody reads
// them. Its caller holds mu.
func (r *Room) announces(nicks int) bool {
	return nicks <= r.hub.config.Presence && len(r.members.Load().all) > 0
}

// announce appends a presence line to the log, and returns whom to wake. Its caller holds mu.
// Nicks is the size of the room with whoever comes or goes.
func (r *Room) announce(e event, from uint64, nicks int) []*Member {
	if !r.announces(nicks) {
		return nil
	}
	r.append([]entry{{event: &e, from: from}})
	return r.members.Load().all
}
