package hub

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"sync"

	"linechat/chatd/proto"
)

var (
	// ErrNickTaken says that the nick, or one that looks like it, is in use.
	ErrNickTaken = errors.New("hub: nick taken")
	// ErrNoUser says that nobody holds the nick.
	ErrNoUser = errors.New("hub: no such user")
	// ErrBusyUser says that too many private lines wait for the user.
	ErrBusyUser = errors.New("hub: busy user")
)

// A User is a session that holds a nick.
type User interface {
	// Tell hands over a private line without waiting. ErrBusyUser, ErrNoUser.
	Tell(from, text string) error
	// Replace ends the user because another connection takes its nick. The
	// channel is closed when it has left its rooms and given its nick back.
	Replace() <-chan struct{}
}

// Users says who holds which nick. The zero value is ready. All methods may be called
// from any goroutine.
type Users struct {
	mu         sync.Mutex
	byFold     map[string]*holder
	bySkeleton map[string]*holder
}

type holder struct {
	user User
	name proto.Name
	key  [sha256.Size]byte // hash of the key; zero: there is none
}

// Claim gives the nick name to u in place of old, the nick that u holds, if any. With
// key "" nobody can take it over. If another user holds the nick with the same key,
// Claim changes nothing and returns that user, whom the caller replaces before it tries
// again. ErrNickTaken.
func (us *Users) Claim(u User, old, name proto.Name, key string) (rival User, err error) {
	h := &holder{user: u, name: name}
	if key != "" {
		h.key = sha256.Sum256([]byte(key))
	}
	us.mu.Lock()
	defer us.mu.Unlock()
	if us.byFold == nil {
		us.byFold, us.bySkeleton = map[string]*holder{}, map[string]*holder{}
	}
	if other := us.byFold[name.Fold]; other != nil && other.user != u {
		if key != "" && subtle.ConstantTimeCompare(other.key[:], h.key[:]) == 1 {
			return other.user, nil
		}
		return nil, ErrNickTaken
	}
	if other := us.bySkeleton[name.Skeleton]; other != nil && other.user != u {
		return nil, ErrNickTaken
	}
	us.release(old)
	us.byFold[name.Fold], us.bySkeleton[name.Skeleton] = h, h
	return nil, nil
}

// Release gives back a nick, which the caller must hold.
func (us *Users) Release(name proto.Name) {
	us.mu.Lock()
	defer us.mu.Unlock()
	us.release(name)
}

func (us *Users) release(name proto.Name) {
	delete(us.byFold, name.Fold)
	delete(us.bySkeleton, name.Skeleton)
}

// Lookup returns who holds the nick of that fold, and the nick as written. ErrNoUser.
func (us *Users) Lookup(fold string) (User, string, error) {
	us.mu.Lock()
	defer us.mu.Unlock()
	if h := us.byFold[fold]; h != nil {
		return h.user, h.name.Shown, nil
	}
	return nil, "", ErrNoUser
}
