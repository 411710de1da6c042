package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	foldFor   = 3 * time.Second // who comes and goes within it is told of in one line
	mostNamed = 5               // more of them are only counted
)

// A presenceBatch is who has come and gone in the current room and was not told of yet.
type presenceBatch struct {
	since          time.Time
	joined, parted []string
}

// join notes that somebody has come.
func (f *presenceBatch) join(nick string, now time.Time) { f.note(&f.joined, &f.parted, nick, now) }

// part notes that somebody has gone.
func (f *presenceBatch) part(nick string, now time.Time) { f.note(&f.parted, &f.joined, nick, now) }

// note adds a nick to some, unless it is among the others: coming and going
// come to nothing.
func (f *presenceBatch) note(some, others *[]string, nick string, now time.Time) {
	if i := slices.Index(*others, nick); i >= 0 {
		*others = slices.Delete(*others, i, i+1)
		return
	}
	if f.none() {
		f.since = now
	}
	*some = append(*some, nick)
}

func (f *presenceBatch) none() bool { return len(f.joined) == 0 && len(f.parted) == 0 }

// at is when it is to be told; zero: there is nothing to tell.
func (f *presenceBatch) at() time.Time {
	if f.none() {
		return time.Time{}
	}
	return f.since.Add(foldFor)
}

func (f *presenceBatch) due(now time.Time) bool { return !f.none() && !now.Before(f.at()) }

// take returns what is to be told, and begins anew.
func (f *presenceBatch) take() string {
	defer func() { *f = presenceBatch{} }()
	if len(f.joined)+len(f.parted) > mostNamed {
		var counts []string
		if n := len(f.joined); n > 0 {
			counts = append(counts, fmt.Sprintf("+%d", n))
		}
		if n := len(f.parted); n > 0 {
			counts = append(counts, fmt.Sprintf("-%d", n))
		}
		return strings.Join(counts, " ")
	}
	var words []string
	for _, nick := range f.joined {
		words = append(words, "+"+nick)
	}
	for _, nick := range f.parted {
		words = append(words, "-"+nick)
	}
	return strings.Join(words, " ")
}

// showPresence tells who has come and gone.
func (u *ui) showPresence() {
	if text := u.presence.take(); text != "" && u.showJoins {
		u.happens("%s", text)
	}
}
