package backplane

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// Why a log refuses a change, beside the errors of packages history and account.
var (
	// ErrOnceMismatch says that the ONCE key was used in the room for another text.
	ErrOnceMismatch = errors.New("backplane: once mismatch")
	// ErrNickTaken says that the nick, or one that looks like it, is in use.
	ErrNickTaken = errors.New("backplane: nick taken")
	// ErrWrongKey says that the nick is in use with another key than the one that was given.
	// It is an ErrNickTaken.
	ErrWrongKey = &wrongKey{}
	// ErrNickRegistered says that the nick, or one that looks like it, is an account's.
	ErrNickRegistered = errors.New("backplane: nick registered")
	// ErrOutdated says that what proves the account has changed since the login was checked.
	ErrOutdated = errors.New("backplane: the account has changed")
	// ErrTooManyRooms says that there are as many rooms as there may be.
	ErrTooManyRooms = errors.New("backplane: too many rooms")
	// ErrTooManyOfGuests says that guests have as many rooms as they may.
	ErrTooManyOfGuests = errors.New("backplane: too many rooms of guests")
	// ErrTooManyOfAccount says that the account has as many rooms as it may.
	ErrTooManyOfAccount = errors.New("backplane: too many rooms of the account")
)

type wrongKey struct{}

func (*wrongKey) Error() string { return "backplane: nick taken with another key" }
func (*wrongKey) Unwrap() error { return ErrNickTaken }

// A Verdict is what came of a change.
type Verdict struct {
	// Err is nil, what refuses the change, history.ErrFailed or history.ErrUnknown.
	Err error
	// Errs are, of Posts, the errors of each; nil: none was refused. A post whose ONCE key
	// has posted before has none, and that post's number.
	Errs []error
	// Account is, of CreateAccount, the account with its ID
	Account *account.Account
	// Wait is, with ErrTooSoon, how long to wait.
	Wait time.Duration
	// Replaced is, of Nick and Login, the session whose nick the session has taken; zero: none.
	Replaced SessionID
}

// A WaitError is an ErrTooSoon that says how long to wait.
type WaitError struct{ Wait time.Duration }

func (e *WaitError) Error() string { return fmt.Sprintf("%v: wait %v", ErrTooSoon, e.Wait) }

// Unwrap returns ErrTooSoon.
func (e *WaitError) Unwrap() error { return ErrTooSoon }

// TooSoon returns Err, which says how long to wait if it is ErrTooSoon.
func (v *Verdict) TooSoon() error {
	if v.Err == ErrTooSoon {
		return &WaitError{v.Wait}
	}
	return v.Err
}

// A Change is one of the types below, as a pointer. A Session is one of the machine's own.
type Change interface{ isChange() }

// The changes of rooms.
type (
	// Posts are posts in one room. The log sets the number and, if it is shared, the time of
	// each in place. history.ErrNoRoom, ErrOnceMismatch.
	Posts struct {
		Fold    string
		Posts   []history.Post
		Authors []Author // of each post
	}
	// Create makes a room. history.ErrExists, ErrTooManyRooms, ErrTooManyOfGuests,
	// ErrTooManyOfAccount, ErrTooSoon.
	Create struct {
		Room   history.Room
		Origin uint64 // whom it counts for, as a number; 0: nobody
	}
	// SetTopic sets a room's topic. history.ErrNoRoom.
	SetTopic struct {
		Session           uint64
		Fold, Topic, Nick string
	}
	// Drop deletes a room. history.ErrNoRoom.
	Drop struct{ Fold string }
	// DropUnused deletes a room if it is a guest's, was made before a time, and nothing was
	// ever posted there. history.ErrNoRoom: it is none such.
	DropUnused struct {
		Fold   string
		Before time.Time
	}
	// Import makes a room whose posts begin with the number Room.First, or adds posts to it.
	// history.ErrExists; with Posts history.ErrNoRoom.
	Import struct {
		Room  history.Room   // Last is the time of post First-1; with Posts only the name counts
		Posts []history.Post // with their times, numbered on from the room's last
	}
)

// An Author is whose post it is.
type Author struct {
	Session uint64
	Origin  uint64 // whom the ONCE key is counted for, as a number
}

// The changes of accounts: those of account.Store, with its errors.
type (
	// CreateAccount makes an account. ErrTooSoon, too.
	CreateAccount struct {
		Account account.Account
		Origin  uint64 // whom it counts for, as a number; 0: nobody
	}
	// SetPassword sets the hash of a new password. All but one of the sessions that the old
	// one has proved are to end.
	SetPassword struct{ Fold, Hash string }
	// ReplaceHash sets another hash of the same password.
	ReplaceHash struct{ Fold, Old, Hash string }
	// AddKey adds a key.
	AddKey struct {
		Fold string
		Key  account.Key
	}
	// ProveKey marks a key as proved.
	ProveKey struct{ Fold, Fingerprint string }
	// RemoveKey removes a key.
	RemoveKey struct{ Fold, Fingerprint string }
	// Ignore adds a nick to those that the account ignores.
	Ignore struct {
		Fold string
		Nick proto.Name
	}
	// Unignore removes one.
	Unignore struct{ Fold, Nick string }
	// Release gives an account up.
	Release struct {
		Fold string
		At   time.Time
	}
)

// The changes of who is where, which only a shared log takes.
type (
	// Nick gives a guest's nick to a session, in place of the one that it has. Who holds it
	// with the same key loses it, unless the change is patient: who has come later has it then.
	// ErrNickTaken, ErrWrongKey, ErrNickRegistered.
	Nick struct {
		Session uint64
		Patient bool // it waits for as long as the machine is cut off
		Name    proto.Name
		Key     [sha256.Size]byte // hash of the key; zero: there is none
	}
	// Login makes a session one of an account, in place of the nick that it has. A guest who
	// holds the account's nick, or one that looks like it, loses it. ErrOutdated: nothing
	// proves the account so any more.
	Login struct {
		Session uint64
		Patient bool   // as of Nick
		Account uint64 // its ID
		Name    proto.Name
		Proof   string // the fingerprint of the key, or HashProof of the password's hash
	}
	// Join says that a session that holds a nick is in a room. ErrNoSession, history.ErrNoRoom.
	Join struct {
		Session uint64
		Fold    string
	}
	// Leave says that it is there no more. It is never refused, and neither is End.
	Leave struct {
		Session uint64
		Fold    string
		Why     string // as in the line LEFT; "": there is to be none
	}
	// End says that a session is gone.
	End struct {
		Session uint64
		Why     string
	}
)

// HashProof is what stands for the hash of a password in Login.
func HashProof(hash string) string {
	sum := sha256.Sum256([]byte(hash))
	return hashProof + hex.EncodeToString(sum[:16])
}

const hashProof = "hash:"

// IsHashProof reports whether a proof is one of HashProof.
func IsHashProof(proof string) bool { return strings.HasPrefix(proof, hashProof) }

func (*Posts) isChange()         {}
func (*Create) isChange()        {}
func (*SetTopic) isChange()      {}
func (*Drop) isChange()          {}
func (*DropUnused) isChange()    {}
func (*Import) isChange()        {}
func (*CreateAccount) isChange() {}
func (*SetPassword) isChange()   {}
func (*ReplaceHash) isChange()   {}
func (*AddKey) isChange()        {}
func (*ProveKey) isChange()      {}
func (*RemoveKey) isChange()     {}
func (*Ignore) isChange()        {}
func (*Unignore) isChange()      {}
func (*Release) isChange()       {}
func (*Nick) isChange()          {}
func (*Login) isChange()         {}
func (*Join) isChange()          {}
func (*Leave) isChange()         {}
func (*End) isChange()           {}
