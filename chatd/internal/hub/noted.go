package hub

import (
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// A note is a nick that a user has in the whole chat, and the change that gave it.
type note struct {
	user   User
	change backplane.Change
}

// has reports whether u holds a nick.
func (us *Users) has(u User, name proto.Name) bool {
	us.mu.Lock()
	defer us.mu.Unlock()
	h := us.byFold[name.Fold]
	return h != nil && h.has(u)
}

// note notes the change that gave u a nick, if u still holds that.
func (us *Users) note(u User, name proto.Name, c backplane.Change) {
	us.mu.Lock()
	defer us.mu.Unlock()
	h := us.byFold[name.Fold]
	if h == nil {
		return
	}
	if h.guest == u {
		h.change = c
	}
	for i := range h.logins {
		if h.logins[i].user == u {
			h.logins[i].change = c
		}
	}
}

// noted returns the notes of u, or with nil of all users.
func (us *Users) noted(u User) (notes []note) {
	us.mu.Lock()
	defer us.mu.Unlock()
	for _, h := range us.byFold {
		if h.change != nil && (u == nil || h.guest == u) {
			notes = append(notes, note{h.guest, h.change})
		}
		for _, l := range h.logins {
			if l.change != nil && (u == nil || l.user == u) {
				notes = append(notes, note{l.user, l.change})
			}
		}
	}
	return notes
}

// keep keeps the nick of an account that was given up from guests until a time.
func (us *Users) keep(fold string, until time.Time) {
	us.mu.Lock()
	defer us.mu.Unlock()
	if r := us.reserved[fold]; r != nil {
		us.reserve(r.name, until)
	}
}

// ignoredChanged changes whom the sessions of an account ignore, if there are any.
func (us *Users) ignoredChanged(fold string, change func([]proto.Name) []proto.Name) {
	us.mu.Lock()
	defer us.mu.Unlock()
	if h := us.byFold[fold]; h != nil && h.guest == nil && h.ignored.Known() {
		h.ignored.Set(h.ignored.Begin(), change(h.ignored.Nicks()))
	}
}
