package hub

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"slices"
	"sync"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

var (
	// ErrNickTaken says that the nick, or one that looks like it, is in use.
	ErrNickTaken = backplane.ErrNickTaken
	// ErrWrongKey says that the nick is in use with another key than the one that was given.
	// It is an ErrNickTaken.
	ErrWrongKey = backplane.ErrWrongKey
	// ErrNickRegistered says that the nick, or one that looks like it, is an account's.
	ErrNickRegistered = backplane.ErrNickRegistered
	// ErrNoUser says that nobody holds the nick.
	ErrNoUser = errors.New("hub: no such user")
	// ErrBusyUser says that too many private lines wait for the user.
	ErrBusyUser = errors.New("hub: busy user")
)

// A User is a session of this machine that holds a nick. No method waits.
type User interface {
	Recipient
	// ID returns the number of the session.
	ID() uint64
	// Replace ends the user because another connection takes its nick. The
	// channel is closed when it has left its rooms and given its nick back.
	Replace() <-chan struct{}
	// End ends the user because what has proved its account proves it no more.
	End()
	// LoseNick has the user be a guest with a nick of the server's, if it has the one of that
	// fold still: that is another's, or what proved it proves it no more.
	LoseNick(fold string)
	// Dropped tells the user that the room of a membership was deleted.
	Dropped(m *Member)
	// Notice tells the user something.
	Notice(text string)
}

// Users says who holds which nick, and which nicks are accounts'. The zero value is ready.
// All methods may be called from any goroutine.
type Users struct {
	mu         sync.Mutex
	byFold     map[string]*holder
	bySkeleton map[string]*holder

	// Nicks that guests may not take.
	reserved  map[string]*reservation // by fold
	lookAlike map[string]*reservation // by skeleton
	changes   Version                 // of all accounts

	notes map[User]backplane.Change // that have given users their nicks in a shared log
}

// A holder is who holds a nick: one guest, or all sessions of an account.
type holder struct {
	name    proto.Name
	guest   User               // nil: an account
	key     *[sha256.Size]byte // hash of a guest's key; nil: there is none
	logins  []login
	ignored Ignored // by an account
}

// A login is a session of an account.
type login struct {
	user  User
	proof string // the fingerprint of the key that it was proved with; "": the password
}

func (h *holder) has(u User) bool { return h.guest == u || h.place(u) >= 0 }

// place returns where among the sessions of an account u is; -1: nowhere.
func (h *holder) place(u User) int {
	return slices.IndexFunc(h.logins, func(l login) bool { return l.user == u })
}

// Claim gives the nick to the guest u. One that u holds already stays u's until Release,
// which is called when rooms know the new one. With key "" nobody can take the nick over.
// If another guest holds it with the same key, Claim changes nothing and returns that one,
// whom the caller replaces before it tries again. ErrNickTaken, ErrWrongKey,
// ErrNickRegistered.
func (us *Users) Claim(u User, name proto.Name, key string) (rival User, err error) {
	h := &holder{guest: u, name: name}
	if key != "" {
		sum := sha256.Sum256([]byte(key))
		h.key = &sum
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	if us.reservation(name) != nil {
		return nil, ErrNickRegistered
	}
	if other := us.byFold[name.Fold]; other != nil && !other.has(u) {
		switch {
		case h.key == nil || other.key == nil:
			return nil, ErrNickTaken
		case subtle.ConstantTimeCompare(other.key[:], h.key[:]) == 0:
			return nil, ErrWrongKey
		}
		return other.guest, nil
	}
	if other := us.bySkeleton[name.Skeleton]; other != nil && !other.has(u) {
		return nil, ErrNickTaken
	}
	us.hold(h)
	return nil, nil
}

// Release gives back a nick, written as u has claimed it. If u does not hold it, nothing
// happens.
func (us *Users) Release(u User, name proto.Name) {
	us.mu.Lock()
	defer us.mu.Unlock()
	for _, h := range []*holder{us.byFold[name.Fold], us.bySkeleton[name.Skeleton]} {
		if h != nil && h.name == name && h.has(u) {
			us.release(u, h)
		}
	}
}

func (us *Users) hold(h *holder) {
	if us.byFold == nil {
		us.byFold, us.bySkeleton = map[string]*holder{}, map[string]*holder{}
	}
	us.byFold[h.name.Fold], us.bySkeleton[h.name.Skeleton] = h, h
}

// release takes u from a holder, whose nick is free if nobody else has it.
func (us *Users) release(u User, h *holder) {
	h.logins = slices.DeleteFunc(h.logins, func(l login) bool { return l.user == u })
	if len(h.logins) > 0 {
		return
	}
	if us.byFold[h.name.Fold] == h { // and not a later holder
		delete(us.byFold, h.name.Fold)
	}
	if us.bySkeleton[h.name.Skeleton] == h {
		delete(us.bySkeleton, h.name.Skeleton)
	}
}

// Lookup returns who holds the nick of that fold, and the nick as written. ErrNoUser.
func (us *Users) Lookup(fold string) ([]User, string, error) {
	us.mu.Lock()
	defer us.mu.Unlock()
	h := us.byFold[fold]
	if h == nil {
		return nil, "", ErrNoUser
	}
	return h.users(), h.name.Shown, nil
}

func (h *holder) users() []User {
	if h.guest != nil {
		return []User{h.guest}
	}
	users := make([]User, len(h.logins))
	for i, l := range h.logins {
		users[i] = l.user
	}
	return users
}

// Each calls f with every user and its nick as written, and with Users locked: f must not
// wait.
func (us *Users) Each(f func(u User, nick string)) {
	us.mu.Lock()
	defer us.mu.Unlock()
	for _, h := range us.byFold {
		for _, u := range h.users() {
			f(u, h.name.Shown)
		}
	}
}
