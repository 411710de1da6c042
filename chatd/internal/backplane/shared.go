package backplane

import (
	"crypto/sha256"
	"errors"
)

// Why a shared log refuses a change, beside the errors of other changes.
var (
	// ErrNoSession says that the session holds no nick: it has ended, or has lost the nick to
	// another session.
	ErrNoSession = errors.New("backplane: no such session")
	// ErrOtherChat says that the settings are those of another chat.
	ErrOtherChat = errors.New("backplane: the log is another chat's")
	// ErrTooSoon says that the origin has done this as often as it may for now.
	ErrTooSoon = errors.New("backplane: too soon")
	// ErrNotSpoken says that not all machines read that version of records.
	ErrNotSpoken = errors.New("backplane: not all machines read that version")
)

// The changes that the machines of a shared log make by themselves.
type (
	// Heartbeat says that a machine lives, and how its copy does. Each epoch begins with one.
	Heartbeat struct {
		Applied uint64            // position of the last record that its copy has applied
		Hash    [sha256.Size]byte // of its copy at that position
		Synced  uint64            // position up to which its copy outlasts a power cut
		Speaks  uint8             // the newest version of records that it reads
	}
	// Settings are those of the whole chat. The first ones say which chat the log is, and later
	// ones change the limits alone. ErrOtherChat.
	Settings struct {
		Chat      [16]byte          // names the chat; drawn at random
		OriginKey [sha256.Size]byte // with which all machines hash addresses; drawn at random
		Limits
	}
	// Limits are those that hold for the whole chat.
	Limits struct {
		MaxRooms         uint64
		CreatesPerHour   uint64 // of an origin; 0: there is no limit
		RegistersPerHour uint64 // likewise
	}
	// SetVersion has records of a newer version follow. ErrNotSpoken.
	SetVersion struct{ Version uint8 }
	// EndEpoch says that a machine stops. It is the last change of the epoch.
	EndEpoch struct{}
)

func (*Heartbeat) isChange()  {}
func (*Settings) isChange()   {}
func (*SetVersion) isChange() {}
func (*EndEpoch) isChange()   {}
