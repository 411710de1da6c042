// Package history keeps rooms and what was posted in them, behind the Store
// interface. storetest holds the tests that every Store must pass.
package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/proto"
)

// What a Store answers when it refuses or fails.
var (
	// ErrExists: the room's name, or one that looks like it, is in use.
	ErrExists = errors.New("history: room exists")
	// ErrNoRoom: there is no room of that name.
	ErrNoRoom = errors.New("history: no such room")
	// ErrFailed: certainly not stored.
	ErrFailed = errors.New("history: store failed")
	// ErrUnread is an ErrFailed of what was to be read.
	ErrUnread = fmt.Errorf("%w: it cannot be read", ErrFailed)
	// ErrFull is an ErrFailed for want of space.
	ErrFull = fmt.Errorf("%w: no space left", ErrFailed)
	// ErrUnknown: perhaps stored. What is stored must be read back before the
	// next Append to that room.
	ErrUnknown = errors.New("history: outcome unknown")
)

// A Room is what is stored of a room.
type Room struct {
	Name    proto.Name
	Topic   string
	TopicBy string // the nick that set the topic
	Maker   string // the nick that made the room
	Made    time.Time
	First   uint64    // the first number that retention has kept; Head+1 when none is left
	Head    uint64    // the last number; 0: nothing was posted yet
	Last    time.Time // the time of post Head; zero when Head is 0
}

// A Post is one entry of a room's order.
type Post struct {
	Seq  uint64 // the number; the Store gives it
	Time time.Time
	Kind proto.Keyword // MSG or ME
	Nick string
	Text string // of several lines: joined by "\n"
	Once string // the key of the prefix ONCE; "": none
}

// Size returns about how many bytes of memory the post takes.
func (p *Post) Size() int { return 128 + len(p.Nick) + len(p.Text) + len(p.Once) }

// A Page is a run of a room's posts without holes, oldest first.
type Page struct {
	First uint64 // the first number that retention has kept, as in Room
	Posts []Post
}

// A Store keeps rooms and their posts. Rooms are named by the fold of their
// name. Every method may be called from any goroutine and may fail with
// ErrFailed; all but Append may take long; what they return the caller must not
// change.
type Store interface {
	// Create makes a room. ErrExists: Fold or Skeleton of its name is in use. ErrUnknown.
	Create(ctx context.Context, room Room) error
	// Room returns a room. ErrNoRoom.
	Room(ctx context.Context, fold string) (Room, error)
	// Rooms returns, in the order of their folds, at most limit rooms whose
	// fold begins with prefix and stands behind after, and how many begin with
	// prefix.
	Rooms(ctx context.Context, prefix, after string, limit int) (rooms []Room, all int, err error)
	// SetTopic changes a room's topic. ErrNoRoom, ErrUnknown.
	SetTopic(ctx context.Context, fold, topic, nick string) error
	// Append has posts stored and numbered first, first+1, …, without waiting
	// for it, and then calls done once, from any goroutine, perhaps before
	// Append returns. The room's
	// caller has one Append under way at a time. done must not block; posts is
	// the caller's again once it is called. On
	// ErrFailed nothing is stored and no number used; any other error is to be
	// taken for ErrUnknown.
	Append(fold string, posts []Post, done func(first uint64, err error))
	// Page returns posts from … to … (both included): as many from the first
	// one on as fit into limit bytes, at least one if there is one. ErrNoRoom.
	// After an ErrUnknown, a page that reaches beyond what was confirmed fails
	// until it is certain what is stored.
	Page(ctx context.Context, fold string, from, to uint64, limit int) (Page, error)
	// Since returns the number of the first post that is not older than t,
	// Head+1 when all are. ErrNoRoom.
	Since(ctx context.Context, fold string, t time.Time) (uint64, error)
	// Search finds the newest posts of a room that match. It takes a bounded
	// time, and tells how far it came. ErrNoRoom.
	Search(ctx context.Context, fold string, q Query) (Hits, error)
	// Keyed calls each, newest first, with the posts since t that were made with
	// a ONCE key, at most limit of them.
	Keyed(ctx context.Context, t time.Time, limit int, each func(fold string, p *Post)) error
	// Close ends the store, when all else has ended.
	Close() error
}
