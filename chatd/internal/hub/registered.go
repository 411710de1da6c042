package hub

import (
	"slices"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// ErrOutdated says that what proves the account has changed since the Version that a login
// goes by.
var ErrOutdated = backplane.ErrOutdated

// A Version numbers what proves an account, its password and its keys: it changes when one
// of them is taken away, and with the account. 0: there is no account.
type Version uint64

// A reservation is a nick that guests may not take.
type reservation struct {
	name      proto.Name
	until     time.Time // zero: for as long as an account has it
	version   Version
	uncertain bool // whether the account was stored is not known
}

// Reserve keeps a nick, and those that look like it, from guests: until a time, or with the
// zero time while there is an account. A guest who holds it keeps it.
func (us *Users) Reserve(name proto.Name, until time.Time) {
	us.mu.Lock()
	defer us.mu.Unlock()
	us.reserve(name, until)
}

// ReserveNew keeps a nick from guests for an account that is about to be stored; if it is
// not, the caller calls Unreserve. ErrNickRegistered.
func (us *Users) ReserveNew(name proto.Name) error {
	us.mu.Lock()
	defer us.mu.Unlock()
	if us.registered(name) {
		return ErrNickRegistered
	}
	us.reserve(name, time.Time{})
	return nil
}

// registered reports whether the nick, or one that looks like it, cannot be registered.
func (us *Users) registered(name proto.Name) bool {
	r := us.reservation(name)
	return r != nil && !(r.uncertain && r.name.Fold == name.Fold)
}

// Unreserve undoes ReserveNew, because the account was not stored. If that is uncertain the
// nick stays reserved, and may be registered again.
func (us *Users) Unreserve(name proto.Name, uncertain bool) {
	us.mu.Lock()
	defer us.mu.Unlock()
	us.unreserve(name, uncertain)
}

func (us *Users) unreserve(name proto.Name, uncertain bool) {
	if uncertain {
		us.reserved[name.Fold].uncertain = true
		return
	}
	delete(us.reserved, name.Fold)
	delete(us.lookAlike, name.Skeleton)
}

func (us *Users) reserve(name proto.Name, until time.Time) *reservation {
	if us.reserved == nil {
		us.reserved, us.lookAlike = map[string]*reservation{}, map[string]*reservation{}
	}
	us.changes++
	r := &reservation{name: name, until: until, version: us.changes}
	us.reserved[name.Fold], us.lookAlike[name.Skeleton] = r, r
	return r
}

// reservation returns that of a nick or of one that looks like it, or nil.
func (us *Users) reservation(name proto.Name) *reservation {
	for _, r := range []*reservation{us.reserved[name.Fold], us.lookAlike[name.Skeleton]} {
		if r != nil && (r.until.IsZero() || time.Now().Before(r.until)) {
			return r
		}
	}
	return nil
}

// Register makes the nick that the guest u holds that of an account, proved by the key of
// that fingerprint or with "" by a password, and reserves it. Others can log in from then
// on, so the account is stored after that; if it is not, the caller calls Unregister.
// ErrNickRegistered.
func (us *Users) Register(u User, name proto.Name, proof string) error {
	us.mu.Lock()
	defer us.mu.Unlock()
	if us.registered(name) {
		return ErrNickRegistered
	}
	us.reserve(name, time.Time{})
	us.hold(&holder{name: name, logins: []login{{user: u, proof: proof}}})
	return nil
}

// Unregister makes u a guest again, because the account was not stored. If that is
// uncertain the nick stays reserved, and u may register it again.
func (us *Users) Unregister(u User, name proto.Name, uncertain bool) {
	us.mu.Lock()
	defer us.mu.Unlock()
	us.hold(&holder{name: name, guest: u})
	us.unreserve(name, uncertain)
}

// Version returns the version of the account of that fold: to be called before the account
// is read, and given to Login after that.
func (us *Users) Version(fold string) Version {
	us.mu.Lock()
	defer us.mu.Unlock()
	if r := us.reserved[fold]; r != nil && r.until.IsZero() {
		return r.version
	}
	return 0
}

// Login makes u a session of the account of that name, proved by the key of that
// fingerprint or with "" by a password. Another nick that u holds stays u's until Release.
// A guest who holds the account's nick, or one that looks like it, is returned as rival,
// whom the caller replaces before it tries again. ErrOutdated.
func (us *Users) Login(u User, name proto.Name, proof string, version Version) (rival User, err error) {
	us.mu.Lock()
	defer us.mu.Unlock()
	r := us.reserved[name.Fold]
	if r == nil || r.version != version || !r.until.IsZero() {
		return nil, ErrOutdated
	}
	for _, h := range []*holder{us.byFold[name.Fold], us.bySkeleton[name.Skeleton]} {
		if h != nil && h.guest != nil && h.guest != u {
			return h.guest, nil
		}
	}
	r.uncertain = false
	h := us.byFold[name.Fold]
	if h == nil || h.guest == u {
		h = &holder{name: name}
		us.hold(h)
	}
	h.logins = slices.DeleteFunc(h.logins, func(l login) bool { return l.user == u })
	h.logins = append(h.logins, login{user: u, proof: proof})
	return nil, nil
}

// Revoke gives the account a new version, and returns its sessions that were proved by
// what ends says, u excepted: the caller ends them. Logins under way have to begin again.
func (us *Users) Revoke(u User, fold string, ends func(proof string) bool) (ended []User) {
	us.mu.Lock()
	defer us.mu.Unlock()
	if r := us.reserved[fold]; r != nil {
		us.changes++
		r.version = us.changes
	}
	h := us.byFold[fold]
	if h == nil {
		return nil
	}
	for _, l := range h.logins {
		if l.user != u && ends(l.proof) {
			ended = append(ended, l.user)
		}
	}
	return ended
}
