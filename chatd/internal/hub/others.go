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
	byRoom   map[string]map[backplane.SessionID]*other // by fold
}

// add adds id to the sessions of a nick or a room.
func add(to *map[string]map[backplane.SessionID]*other, fold string, id backplane.SessionID, o *other) {
	if *to == nil {
		*to = map[string]map[backplane.SessionID]*other{}
	}
	if (*to)[fold] == nil {
		(*to)[fold] = map[backplane.SessionID]*other{}
	}
	(*to)[fold][id] = o
}

func remove(from map[string]map[backplane.SessionID]*other, fold string, id backplane.SessionID) {
	if delete(from[fold], id); len(from[fold]) == 0 {
		delete(from, fold)
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
		remove(os.byNick, o.fold, id)
	}
	o.nick, o.fold = Nick{name.Shown, account}, name.Fold
	add(&os.byNick, o.fold, id, o)
	return o
}

// join has a session be in a room.
func (os *others) join(id backplane.SessionID, fold string) *other {
	o := os.sessions[id]
	if o != nil {
		o.rooms[fold] = true
		add(&os.byRoom, fold, id, o)
	}
	return o
}

// leave has a session be in a room no more.
func (os *others) leave(id backplane.SessionID, fold string) {
	if o := os.sessions[id]; o != nil {
		delete(o.rooms, fold)
		remove(os.byRoom, fold, id)
	}
}

// end has a session be gone, and returns it, or nil.
func (os *others) end(id backplane.SessionID) *other {
	o := os.sessions[id]
	if o == nil {
		return nil
	}
	for fold := range o.rooms {
		remove(os.byRoom, fold, id)
	}
	remove(os.byNick, o.fold, id)
	delete(os.sessions, id)
	return o
}

// drop has nobody be in a room that is deleted.
func (os *others) drop(fold string) {
	for _, o := range os.byRoom[fold] {
		delete(o.rooms, fold)
	}
	delete(os.byRoom, fold)
}

// in returns the nicks of those who are in a room.
func (os *others) in(fold string) map[backplane.SessionID]Nick {
	var nicks map[backplane.SessionID]Nick
	for id, o := range os.byRoom[fold] {
		if nicks == nil {
			nicks = map[backplane.SessionID]Nick{}
		}
		nicks[id] = o.nick
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

// A remote is the Recipient that a session of another machine is.
type remote struct {
	log backplane.Log
	id  backplane.SessionID
}

// Tell implements Recipient.
func (r remote) Tell(ctx context.Context, from, text string) error {
	answer, err := r.log.Ask(ctx, r.id.Epoch, backplane.Question{Verb: "TELL", Session: r.id.Session, From: from, Text: text})
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

// Lookup returns who holds the nick of that fold in the whole chat, and the nick as written.
// ErrNoUser.
func (h *Hub) Lookup(fold string) (all []Recipient, shown string, err error) {
	users, shown, err := h.Users.Lookup(fold)
	for _, u := range users {
		all = append(all, u)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, o := range h.others.byNick[fold] {
		all, shown, err = append(all, remote{h.changes, id}), o.nick.Shown, nil
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
