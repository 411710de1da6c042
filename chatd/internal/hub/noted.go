package hub

import (
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// A held is how a user holds a nick. The zero value is not at all.
type held struct {
	holder *holder
	login  login   // of the user, if the holder is an account
	alike  *holder // of a nick that looks like it, which the user holds as well
}

// held returns how u holds a nick.
func (us *Users) held(u User, name proto.Name) (had held) {
	us.mu.Lock()
	defer us.mu.Unlock()
	if h := us.byFold[name.Fold]; h != nil && h.has(u) {
		had.holder = h
		if i := h.place(u); i >= 0 {
			had.login = h.logins[i]
		}
	}
	if h := us.bySkeleton[name.Skeleton]; h != nil && h.has(u) {
		had.alike = h
	}
	return had
}

// restore has u hold a nick as it did before Claim or Login, which the chat has refused. It reports
// whether u can: a guest cannot whose nick sessions of an account have by now.
func (us *Users) restore(u User, name proto.Name, had held) bool {
	us.mu.Lock()
	defer us.mu.Unlock()
	h := us.byFold[name.Fold]
	if h == nil || !h.has(u) {
		return true
	}
	if had.login.user != nil {
		h.logins[h.place(u)] = had.login
		return true
	}
	us.release(u, h)
	if us.byFold[name.Fold] != nil {
		return had.holder == nil
	}
	if had.holder != nil {
		us.hold(had.holder)
	}
	if had.alike != nil && us.byFold[had.alike.name.Fold] == had.alike {
		us.bySkeleton[name.Skeleton] = had.alike
	}
	return true
}

// note notes the change that has given u the nick that it has in the whole chat, in place of the
// one before.
func (us *Users) note(u User, c backplane.Change) {
	us.mu.Lock()
	defer us.mu.Unlock()
	if us.notes == nil {
		us.notes = map[User]backplane.Change{}
	}
	us.notes[u] = c
}

// noted returns the change of note, or nil.
func (us *Users) noted(u User) backplane.Change {
	us.mu.Lock()
	defer us.mu.Unlock()
	return us.notes[u]
}

// rehashed notes of those who were proved by the hash of a password the one in its place.
func (us *Users) rehashed(c *backplane.ReplaceHash) {
	us.mu.Lock()
	defer us.mu.Unlock()
	h := us.byFold[c.Fold]
	if h == nil {
		return
	}
	for _, u := range h.users() {
		if login, ok := us.notes[u].(*backplane.Login); ok && login.Proof == backplane.HashProof(c.Old) {
			again := *login
			again.Proof = backplane.HashProof(c.Hash)
			us.notes[u] = &again
		}
	}
}

// forget forgets the note of u, which is gone.
func (us *Users) forget(u User) {
	us.mu.Lock()
	defer us.mu.Unlock()
	delete(us.notes, u)
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
