package machine

import (
	"crypto/sha256"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// An Outcome is what came of a record as a whole.
type Outcome byte

// The outcomes. All but Applied count as nothing.
const (
	Applied   Outcome = iota // its changes are applied, or refused one by one
	Dup                      // the epoch has had a record of that number
	Hole                     // a record of the epoch is missing before it
	Fenced                   // the epoch has ended, or has never begun
	Malformed                // the bytes are no record
)

// A Result is what came of a record: what a copy is to store, all in one transaction, and
// what is to be told.
type Result struct {
	Seq     uint64    // position of the record in the log
	Time    time.Time // the highest timestamp of the log so far
	Outcome Outcome
	Epoch   uint64 // whose record it is; 0 if it is malformed
	N       uint64
	Ended   []uint64 // epochs that ended before the record is applied, sorted, with their sessions
	Items   []Item   // of a record that is applied, in order
	Puts    []KV     // rows of the machine table; of several with one key the last counts
	Hash    [sha256.Size]byte
}

// An Item is a change, and what came of it.
type Item struct {
	Change   backplane.Change
	Verdict  backplane.Verdict
	Stored   []history.Post        // of Posts and Import, those that are new, numbered without holes
	Replaced []backplane.SessionID // that have lost their nick to this change, and are gone
}

// Applied returns what the sessions of other machines are to be told of a change by one of an
// epoch. Of what was refused, and of what machines tell each other, that is nothing.
func (item *Item) Applied(epoch uint64) (a backplane.Applied, ok bool) {
	a = backplane.Applied{Epoch: epoch, Change: item.Change, Replaced: item.Replaced}
	switch c := item.Change.(type) {
	case *backplane.Heartbeat, *backplane.Settings, *backplane.SetVersion, *backplane.EndEpoch:
		return a, false
	case *backplane.Posts:
		if len(item.Stored) < len(c.Posts) {
			a.Change = item.stored(c)
		}
		return a, len(item.Stored) > 0
	}
	return a, item.Verdict.Err == nil
}

// ToItsOwn reports whether the machine that has made the change is told of it as the others are.
func (item *Item) ToItsOwn() bool {
	_, rehashed := item.Change.(*backplane.ReplaceHash)
	return rehashed
}

// stored returns those of posts that are new.
func (item *Item) stored(c *backplane.Posts) *backplane.Posts {
	some := &backplane.Posts{Fold: c.Fold, Posts: item.Stored}
	for i := range c.Posts {
		if isNew(&c.Posts[i]) {
			some.Authors = append(some.Authors, c.Authors[i])
		}
	}
	return some
}

// A KV is a row of the machine table.
type KV struct{ Key, Value []byte } // a nil Value: there is to be no such row

// A Source is a copy: what the results up to some position have stored, all or nothing of
// each. Load reads it.
type Source interface {
	// Values calls each with all rows of the machine table, in any order. each keeps nothing.
	Values(each func(key, value []byte) error) error
	// Rooms calls each with all rooms.
	Rooms(each func(history.Room) error) error
	// Accounts calls each with all accounts, those that were given up, too.
	Accounts(each func(account.Account) error) error
}
