package hub

import (
	"cmp"
	"context"
	"slices"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// An other is a session of another machine.
type other struct {
	nick  Nick
	fold  string          // of its nick
	rooms map[string]bool // by fold
}

// others are the sessions of other machines. The zero value is none. Hub.mu guards them.
type others struct {
	sessions map[backplane.SessionID]*other
	byNick   map[string]map[backplane.SessionID]*other // by fold
	byRoom   map[string]*roomElsewhere                 // by fold
}

// A roomElsewhere is who is in a room on other machines.
type roomElsewhere struct {
	sessions map[backplane.SessionID]*other
	guests   int            // of sessions
	accounts map[string]int // sessions of each, by fold
}

// size returns how many nicks there are: one of all sessions of an account.
func (r *roomElsewhere) size() uint64 { return uint64(r.guests + len(r.accounts)) }

// add counts a session in with the nick that it has.
func (r *roomElsewhere) add(id backplane.SessionID, o *other) {
	r.sessions[id] = o
	switch {
	case !o.nick.Account:
		r.guests++
	case r.accounts == nil:
		r.accounts = map[string]int{o.fold: 1}
	default:
		r.accounts[o.fold]++
	}
}

// remove counts a session out, which still has the nick that it was counted in with.
func (r *roomElsewhere) remove(id backplane.SessionID, o *other) {
	delete(r.sessions, id)
	if !o.nick.Account {
		r.guests--
	} else if r.accounts[o.fold]--; r.accounts[o.fold] == 0 {
		delete(r.accounts, o.fold)
	}
}

// enter has a session be among those in a room.
func (os *others) enter(fold string, id backplane.SessionID, o *other) {
	if os.byRoom == nil {
		os.byRoom = map[string]*roomElsewhere{}
	}
	r := os.byRoom[fold]
	if r == nil {
		r = &roomElsewhere{sessions: map[backplane.SessionID]*other{}}
		os.byRoom[fold] = r
	}
	r.add(id, o)
}

// exit has a session be among those in a room no more.
func (os *others) exit(fold string, id backplane.SessionID, o *other) {
	r := os.byRoom[fold]
	if r.remove(id, o); len(r.sessions) == 0 {
		delete(os.byRoom, fold)
	}
}

// holds has a session be among those that hold a nick.
func (os *others) holds(id backplane.SessionID, o *other) {
	if os.byNick == nil {
		os.byNick = map[string]map[backplane.SessionID]*other{}
	}
	if os.byNick[o.fold] == nil {
		os.byNick[o.fold] = map[backplane.SessionID]*other{}
	}
	os.byNick[o.fold][id] = o
}

// loses has a session hold its nick no more.
func (os *others) loses(id backplane.SessionID, o *other) {
	if delete(os.byNick[o.fold], id); len(os.byNick[o.fold]) == 0 {
		delete(os.byNick, o.fold)
	}
}

// name gives a session its nick, and returns the session.
func (os *others) name(id backplane.SessionID, name proto.Name, account bool) *other {
	o := os.sessions[id]
	if o == nil {
		if o = (&other{rooms: map[string]bool{}}); os.sessions == nil {
			os.sessions = map[backplane.SessionID]*other{}
		}
		os.sessions[id] = o
	} else {
		os.loses(id, o)
	}
	for fold := range o.rooms {
		os.exit(fold, id, o)
	}
	o.nick, o.fold = Nick{name.Shown, account}, name.Fold
	for fold := range o.rooms {
		os.enter(fold, id, o)
	}
	os.holds(id, o)
	return o
}

// join has a session be in a room.
func (os *others) join(id backplane.SessionID, fold string) *other {
	o := os.sessions[id]
	if o != nil && !o.rooms[fold] {
		o.rooms[fold] = true
		os.enter(fold, id, o)
	}
	return o
}

// leave has a session be in a room no more.
func (os *others) leave(id backplane.SessionID, fold string) {
	if o := os.sessions[id]; o != nil && o.rooms[fold] {
		delete(o.rooms, fold)
		os.exit(fold, id, o)
	}
}

// end has a session be gone, and returns it, or nil.
func (os *others) end(id backplane.SessionID) *other {
	o := os.sessions[id]
	if o == nil {
		return nil
	}
	for fold := range o.rooms {
		os.exit(fold, id, o)
	}
	os.loses(id, o)
	delete(os.sessions, id)
	return o
}

// drop has nobody be in a room that is deleted.
func (os *others) drop(fold string) {
	if r := os.byRoom[fold]; r != nil {
		for _, o := range r.sessions {
			delete(o.rooms, fold)
		}
	}
	delete(os.byRoom, fold)
}

// in returns the nicks of those who are in a room.
func (os *others) in(fold string) map[backplane.SessionID]Nick {
	var nicks map[backplane.SessionID]Nick
	if r := os.byRoom[fold]; r != nil {
		nicks = make(map[backplane.SessionID]Nick, len(r.sessions))
		for id, o := range r.sessions {
			nicks[id] = o.nick
		}
	}
	return nicks
}

// of returns the sessions of an epoch, sorted.
func (os *others) of(epoch uint64) (ids []backplane.SessionID) {
	for id := range os.sessions {
		if id.Epoch == epoch {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b backplane.SessionID) int { return cmp.Compare(a.Session, b.Session) })
	return ids
}

// A Recipient takes private lines.
type Recipient interface {
	// Tell hands over a private line. It waits only where the recipient is on another machine.
	// ErrBusyUser, ErrNoUser.
	Tell(ctx context.Context, from, text string) error
}

// A remote is the Recipient that the sessions of another machine are who have one nick.
type remote struct {
	log      backplane.Log
	epoch    uint64
	sessions []uint64
}

// Tell implements Recipient. It asks for one session after the other: the machine answers at
// once, or not at all.
func (r *remote) Tell(ctx context.Context, from, text string) (failed error) {
	told := false
	for _, session := range r.sessions {
		if err := r.tell(ctx, backplane.Question{Verb: "TELL", Session: session, From: from, Text: text}); err != nil {
			failed = err
			continue
		}
		told = true
	}
	if told {
		return nil
	}
	return failed
}

func (r *remote) tell(ctx context.Context, q backplane.Question) error {
	answer, err := r.log.Ask(ctx, r.epoch, q)
	switch {
	case err != nil:
		return ErrNoUser
	case answer.Refused == "":
		return nil
	case answer.Refused == string(proto.BusyUser):
		return ErrBusyUser
	}
	return ErrNoUser
}

// Lookup returns who holds the nick of that fold in the whole chat, those of each other machine
// as one, and the nick as written. ErrNoUser.
func (h *Hub) Lookup(fold string) (all []Recipient, shown string, err error) {
	users, shown, err := h.Users.Lookup(fold)
	for _, u := range users {
		all = append(all, u)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	machines := map[uint64]*remote{}
	for id, o := range h.others.byNick[fold] {
		shown, err = o.nick.Shown, nil
		r := machines[id.Epoch]
		if r == nil {
			r = &remote{log: h.changes, epoch: id.Epoch}
			machines[id.Epoch], all = r, append(all, r)
		}
		r.sessions = append(r.sessions, id.Session)
	}
	return all, shown, err
}

// Machines returns the epochs of the other machines that have sessions, sorted.
func (h *Hub) Machines() []uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	var epochs []uint64
	for id := range h.others.sessions {
		if !slices.Contains(epochs, id.Epoch) {
			epochs = append(epochs, id.Epoch)
		}
	}
	slices.Sort(epochs)
	return epochs
}
