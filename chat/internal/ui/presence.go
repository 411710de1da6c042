package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	presenceInterval = 3 * time.Second // those who come and go within it are shown in one line
	maxNamed         = 5               // more of them are shown as numbers
)

// A presenceBatch has those who joined and left the current room and were not shown
// yet.
type presenceBatch struct {
	since          time.Time
	joined, parted []string
}

// join notes that somebody has joined.
func (b *presenceBatch) join(nick string, now time.Time) { b.note(&b.joined, &b.parted, nick, now) }

// part notes that somebody has left.
func (b *presenceBatch) part(nick string, now time.Time) { b.note(&b.parted, &b.joined, nick, now) }

// note adds a nick to some, unless it is among the others: who joins and leaves is
// not shown at all.
func (b *presenceBatch) note(some, others *[]string, nick string, now time.Time) {
	if i := slices.Index(*others, nick); i >= 0 {
		*others = slices.Delete(*others, i, i+1)
		return
	}
	if b.empty() {
		b.since = now
	}
	*some = append(*some, nick)
}

func (b *presenceBatch) empty() bool { return len(b.joined) == 0 && len(b.parted) == 0 }

// dueAt is when the batch is to be shown; zero: it is empty.
func (b *presenceBatch) dueAt() time.Time {
	if b.empty() {
		return time.Time{}
	}
	return b.since.Add(presenceInterval)
}

// flush returns the batch as it is shown, and empties it.
func (b *presenceBatch) flush() string {
	defer func() { *b = presenceBatch{} }()
	if len(b.joined)+len(b.parted) > maxNamed {
		var counts []string
		if n := len(b.joined); n > 0 {
			counts = append(counts, fmt.Sprintf("+%d", n))
		}
		if n := len(b.parted); n > 0 {
			counts = append(counts, fmt.Sprintf("-%d", n))
		}
		return strings.Join(counts, " ")
	}
	var words []string
	for _, nick := range b.joined {
		words = append(words, "+"+nick)
	}
	for _, nick := range b.parted {
		words = append(words, "-"+nick)
	}
	return strings.Join(words, " ")
}

// showPresence shows who has joined and left.
func (u *ui) showPresence() {
	if text := u.presence.flush(); text != "" && u.showJoins {
		u.eventf("%s", text)
	}
}
