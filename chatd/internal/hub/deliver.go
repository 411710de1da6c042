package hub

import (
	"context"
	"crypto/sha256"
	"slices"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// Sessions are those of this machine.
type Sessions interface {
	// Session returns the session of that number, or nil.
	Session(id uint64) User
	// Answer answers what another machine asks.
	Answer(q backplane.Question) backplane.Answer
}

// Start has the log deliver what other machines do. It is called before there are sessions.
func (h *Hub) Start(sessions Sessions) error {
	return h.changes.Start(&deliverer{h, sessions})
}

// Shared reports whether the chat has other machines.
func (h *Hub) Shared() bool { return h.shared }

// OriginKey returns the key of numbers that stand for origins.
func (h *Hub) OriginKey() [sha256.Size]byte { return h.changes.OriginKey() }

// Epoch returns the epoch of this machine; 0: it has none.
func (h *Hub) Epoch() uint64 { return h.epoch.Load() }

// Ask has another machine answer a question. backplane.ErrNoMachine.
func (h *Hub) Ask(ctx context.Context, epoch uint64, q backplane.Question) (backplane.Answer, error) {
	return h.changes.Ask(ctx, epoch, q)
}

// A deliverer has the hub do what other machines have done. The log's goroutine calls its
// methods.
type deliverer struct {
	*Hub
	sessions Sessions
}

var _ backplane.Deliverer = (*deliverer)(nil)

// Deliver implements backplane.Deliverer.
func (d *deliverer) Deliver(applied []backplane.Applied) {
	for i := range applied {
		a := &applied[i]
		switch c := a.Change.(type) {
		case *backplane.Posts, *backplane.Import, *backplane.SetTopic, *backplane.Drop, *backplane.DropUnused:
			d.deliverToRoom(a)
		case *backplane.Nick, *backplane.Login, *backplane.Join, *backplane.Leave, *backplane.End:
			d.deliverSession(a)
		case *backplane.Create:
		default:
			d.deliverAccount(c)
		}
	}
}

// deliverToRoom tells a room in use what was done there.
func (d *deliverer) deliverToRoom(a *backplane.Applied) {
	switch c := a.Change.(type) {
	case *backplane.Posts:
		d.tell(c.Fold, func(r *Room) { r.publishOthers(c.Posts) })
	case *backplane.Import:
		d.tell(c.Room.Name.Fold, func(r *Room) { r.publishOthers(c.Posts) })
	case *backplane.SetTopic:
		d.tell(c.Fold, func(r *Room) { r.setTopic(0, Topic{c.Topic, c.Nick}) })
	case *backplane.Drop:
		d.dropped(c.Fold)
	case *backplane.DropUnused:
		d.dropped(c.Fold)
	}
}

// tell has a room carry out f, if it is in use.
func (h *Hub) tell(fold string, f func(*Room)) {
	h.mu.Lock()
	r := h.rooms[fold]
	h.mu.Unlock()
	if r != nil {
		r.deliver(result{others: func() { f(r) }})
	}
}

// publishOthers publishes posts of others. Those that the room has loaded are published.
func (r *Room) publishOthers(posts []history.Post) {
	var entries []entry
	for _, p := range posts {
		if p.Seq > r.Head() {
			entries = append(entries, entry{post: p})
		}
	}
	r.publishPosts(entries)
}

// dropped ends a room that another machine has deleted, once it has what came before.
func (d *deliverer) dropped(fold string) {
	d.mu.Lock()
	r := d.rooms[fold]
	d.others.drop(fold)
	if r != nil {
		d.refer(r)
	}
	d.mu.Unlock()
	if r == nil {
		return
	}
	r.dropped.Store(true)
	d.remove(r)
	r.deliver(result{others: func() {
		for _, m := range r.endMemberships() {
			if u := d.sessions.Session(m.session); u != nil {
				u.Dropped(m)
			}
		}
		r.Release()
	}})
}

// deliverSession notes where a session of another machine is. What this machine's own have
// done is known here.
func (d *deliverer) deliverSession(a *backplane.Applied) {
	for _, id := range a.Replaced {
		d.replace(id)
	}
	if a.Epoch == d.epoch.Load() {
		return
	}
	id := backplane.SessionID{Epoch: a.Epoch}
	switch c := a.Change.(type) {
	case *backplane.Nick:
		id.Session = c.Session
		d.otherNamed(id, c.Name, false)
	case *backplane.Login:
		id.Session = c.Session
		d.otherNamed(id, c.Name, true)
	case *backplane.Join:
		id.Session = c.Session
		d.otherJoined(id, c.Fold)
	case *backplane.Leave:
		id.Session = c.Session
		d.otherLeft(id, c.Fold, c.Why)
	case *backplane.End:
		id.Session = c.Session
		d.otherEnded(id, c.Why)
	}
}

// replace ends a session that has lost its nick.
func (d *deliverer) replace(id backplane.SessionID) {
	if id.Epoch != d.epoch.Load() {
		d.otherEnded(id, replaced)
	} else if u := d.sessions.Session(id.Session); u != nil {
		u.Replace()
	}
}

// Why others have left that no machine has said it of.
const (
	replaced = "replaced"
	lost     = "lost"
)

func (h *Hub) otherNamed(id backplane.SessionID, name proto.Name, account bool) {
	h.mu.Lock()
	o := h.others.name(id, name, account)
	rooms, nick := h.inUseOf(o), o.nick
	h.mu.Unlock()
	for _, r := range rooms {
		r.deliver(result{others: func() { r.otherNamed(id, nick) }})
	}
}

func (h *Hub) otherJoined(id backplane.SessionID, fold string) {
	h.mu.Lock()
	o, r := h.others.join(id, fold), h.rooms[fold]
	if o == nil || r == nil {
		h.mu.Unlock()
		return
	}
	nick := o.nick
	h.mu.Unlock()
	r.deliver(result{others: func() { r.otherJoined(id, nick) }})
}

func (h *Hub) otherLeft(id backplane.SessionID, fold, why string) {
	h.mu.Lock()
	h.others.leave(id, fold)
	r := h.rooms[fold]
	h.mu.Unlock()
	if r != nil {
		r.deliver(result{others: func() { r.otherLeft(id, why) }})
	}
}

func (h *Hub) otherEnded(id backplane.SessionID, why string) {
	h.mu.Lock()
	var rooms []*Room
	if o := h.others.end(id); o != nil {
		rooms = h.inUseOf(o)
	}
	h.mu.Unlock()
	for _, r := range rooms {
		r.deliver(result{others: func() { r.otherLeft(id, why) }})
	}
}

// inUseOf returns those rooms of a session that are in use here. Its caller holds mu.
func (h *Hub) inUseOf(o *other) (rooms []*Room) {
	for fold := range o.rooms {
		if r := h.rooms[fold]; r != nil {
			rooms = append(rooms, r)
		}
	}
	return rooms
}

// Ended implements backplane.Deliverer.
func (d *deliverer) Ended(epoch uint64) {
	d.mu.Lock()
	ids := d.others.of(epoch)
	d.mu.Unlock()
	for _, id := range ids {
		d.otherEnded(id, lost)
	}
}

// Answer implements backplane.Deliverer.
func (d *deliverer) Answer(q backplane.Question) backplane.Answer { return d.sessions.Answer(q) }

// deliverAccount does with an account's sessions here what another machine, or with ReplaceHash
// any, has done with the account.
func (d *deliverer) deliverAccount(c backplane.Change) {
	us := &d.Users
	switch c := c.(type) {
	case *backplane.CreateAccount:
		us.Reserve(c.Account.Name, c.Account.Until())
	case *backplane.SetPassword:
		endAll(us.Revoke(nil, c.Fold, func(proof string) bool { return proof == "" }))
	case *backplane.ReplaceHash:
		us.rehashed(c)
	case *backplane.RemoveKey:
		endAll(us.Revoke(nil, c.Fold, func(proof string) bool { return proof == c.Fingerprint }))
	case *backplane.Release:
		us.keep(c.Fold, c.At.Add(account.Keep))
		endAll(us.Revoke(nil, c.Fold, func(string) bool { return true }))
	case *backplane.Ignore:
		us.ignoredChanged(c.Fold, func(nicks []proto.Name) []proto.Name { return append(nicks, c.Nick) })
	case *backplane.Unignore:
		us.ignoredChanged(c.Fold, func(nicks []proto.Name) []proto.Name {
			return slices.DeleteFunc(nicks, func(n proto.Name) bool { return n.Fold == c.Nick })
		})
	}
}

func endAll(users []User) {
	for _, u := range users {
		u.End()
	}
}
