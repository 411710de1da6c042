// Package history keeps rooms and their posts. Store is the interface; package
// storetest has the tests that every Store must pass.
package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"linechat/chatd/proto"
)

// Errors of a Store.
var (
	// ErrExists: the room's name, or one that looks like it, is taken.
	ErrExists = errors.New("history: room exists")
	// ErrNoRoom: there is no room of that name.
	ErrNoRoom = errors.New("history: no such room")
	// ErrFailed: certainly not stored.
	ErrFailed = errors.New("history: store failed")
	// ErrUnread is an ErrFailed of a read.
	ErrUnread = fmt.Errorf("%w: it cannot be read", ErrFailed)
	// ErrFull is an ErrFailed for want of space.
	ErrFull = fmt.Errorf("%w: no space left", ErrFailed)
	// ErrUnknown: perhaps stored. The caller must read back what is stored before
	// the next Append to that room.
	ErrUnknown = errors.New("history: outcome unknown")
)

// A LimitError is an ErrFailed because the store is as large as it may become.
type LimitError struct {
	Limit int64 // bytes
	Guest bool  // it is that of guests, and accounts have a higher one
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("history: the store has reached its limit of %d bytes", e.Limit)
}

// Unwrap returns ErrFailed.
func (e *LimitError) Unwrap() error { return ErrFailed }

// A Room is a room without its posts.
type Room struct {
	Name    proto.Name
	Topic   string
	TopicBy string // the nick that set the topic
	Maker   string // the nick that made the room
	Owner   Owner
	Made    time.Time
	First   uint64    // the first number that is kept; Head+1 when none is
	Head    uint64    // the last number given; 0: nothing was posted yet
	Last    time.Time // the time of post Head; zero when Head is 0
}

// An Owner is whom a room counts for. The zero value is nobody: an admin made the room, or
// a chatd that did not note whose it was.
type Owner struct {
	Account uint64 // the ID of the account that made it; 0: none did
	Guest   bool   // a guest made it
}

// Counts is how many rooms there are.
type Counts struct {
	All, Guests int
	Accounts    map[uint64]int // of each account by its ID
}

// Add counts a room of that owner in, or with -1 out.
func (c *Counts) Add(of Owner, n int) {
	c.All += n
	switch {
	case of.Guest:
		c.Guests += n
	case of.Account != 0:
		if c.Accounts == nil {
			c.Accounts = map[uint64]int{}
		}
		if c.Accounts[of.Account] += n; c.Accounts[of.Account] == 0 {
			delete(c.Accounts, of.Account)
		}
	}
}

// A Post is one entry of a room's order.
type Post struct {
	Seq  uint64 // the number; the Store gives it
	Time time.Time
	Kind proto.Keyword // MSG or ME
	Nick string
	Text string // of several lines: joined by "\n"
	Once string // the key of the prefix ONCE; "": none

	Account uint64 // the ID of the account whose post it is, and whose name is Nick; 0: a guest's
}

// Size returns about how many bytes of memory the post takes.
func (p *Post) Size() int { return 128 + len(p.Nick) + len(p.Text) + len(p.Once) }

// A Page is consecutive posts of a room, oldest first.
type Page struct {
	First uint64 // the first number that is kept, as in Room
	Posts []Post
}

// A Reader reads rooms and their posts. A room is identified by the fold of its name. Any
// goroutine may call any method. Every method may fail with ErrFailed, and all but Admit
// may block. Callers must not change what a method returns.
type Reader interface {
	// Room returns a room. ErrNoRoom.
	Room(ctx context.Context, fold string) (Room, error)
	// Rooms returns at most limit rooms whose fold begins with prefix and sorts
	// after the given one, sorted by fold, and how many begin with prefix.
	Rooms(ctx context.Context, prefix, after string, limit int) (rooms []Room, all int, err error)
	// Counts returns how many rooms there are, of whom. The caller may change it.
	Counts(ctx context.Context) (Counts, error)
	// Admit returns nil, or a *LimitError if the store is too large for further posts and
	// rooms, of guests or of others. It does not block.
	Admit(guest bool) error
	// Page returns the posts numbered from to to, both included, that fit into
	// limit bytes, the first of them in any case. ErrNoRoom. After an ErrUnknown a
	// page beyond the confirmed posts fails until it is certain what is stored.
	Page(ctx context.Context, fold string, from, to uint64, limit int) (Page, error)
	// Since returns the number of the first post made at t or later, Head+1 when
	// there is none. ErrNoRoom.
	Since(ctx context.Context, fold string, t time.Time) (uint64, error)
	// Search finds the newest matching posts of a room, within a bounded time; Hits
	// says which posts it did not get to. ErrNoRoom.
	Search(ctx context.Context, fold string, q Query) (Hits, error)
	// Keyed calls each with the posts made since t with a ONCE key, newest first,
	// at most limit of them.
	Keyed(ctx context.Context, t time.Time, limit int, each func(fold string, p *Post)) error
	// Unused returns at most limit guests' rooms that were made before t, to which nothing
	// was ever posted, and whose fold sorts after the given one, sorted by fold.
	Unused(ctx context.Context, t time.Time, after string, limit int) (folds []string, err error)
}

// A Store keeps rooms and their posts. Any goroutine may call any method. Every method may
// fail with ErrFailed, and all but Append and Admit may block.
type Store interface {
	Reader
	// Create creates a room. ErrExists: the Fold or Skeleton of its name is taken.
	// ErrUnknown.
	Create(ctx context.Context, room Room) error
	// SetTopic changes a room's topic. ErrNoRoom, ErrUnknown.
	SetTopic(ctx context.Context, fold, topic, nick string) error
	// Append starts to store posts, which are numbered first, first+1, …, and
	// calls done once they are stored or have failed: once, from any goroutine,
	// perhaps before Append returns. done must not block. The store owns posts
	// until then. Each room has one Append under way at a time. After ErrFailed
	// nothing is stored and no number is used; any other error means ErrUnknown.
	Append(fold string, posts []Post, done func(first uint64, err error))
	// DropRoom deletes a room with its posts, what the search index knows of them and
	// their ONCE keys; no Append to it may be under way. Its name is free afterwards: a
	// room that is made of it meets nothing of the old one. ErrNoRoom, ErrUnknown.
	DropRoom(ctx context.Context, fold string) error
	// DropUnused deletes a room as Unused returns it. ErrNoRoom: it is none; ErrUnknown.
	DropUnused(ctx context.Context, fold string, t time.Time) error
	// Close closes the store. No other call may be under way.
	Close() error
}
