package machine

import (
	"crypto/sha256"
	"time"

	"linechat/chatd/internal/backplane"
)

// Applied returns the position of the last record that was applied; 0: none was.
func (s *State) Applied() uint64 { return s.applied }

// Hash returns the hash of the log up to Applied, and of what came of it. It is the same for
// all copies at one position.
func (s *State) Hash() [sha256.Size]byte { return s.hash }

// LogTime returns how long the log has run, outages left out.
func (s *State) LogTime() time.Duration { return s.logTime }

// Count returns how many records of the log had an outcome.
func (s *State) Count(o Outcome) uint64 { return s.counts[o] }

// Settings returns those of the whole chat; zero: there are none yet.
func (s *State) Settings() backplane.Settings { return s.settings.Settings }

// Epochs returns the live epochs, sorted.
func (s *State) Epochs() []uint64 {
	ids := make([]uint64, len(s.epochs.live))
	for i, e := range s.epochs.live {
		ids[i] = e.id
	}
	return ids
}

// Present returns the sessions of the whole chat as changes that would have them be where they
// are: of each its Nick or Login, without what proves it, and its Joins.
func (s *State) Present() (all []backplane.Applied) {
	for _, e := range s.epochs.live {
		for _, here := range e.sessions {
			all = append(all, backplane.Applied{Epoch: e.id, Change: here.nick()})
			for _, fold := range here.rooms {
				all = append(all, backplane.Applied{Epoch: e.id, Change: &backplane.Join{Session: here.id.Session, Fold: fold}})
			}
		}
	}
	return all
}

// nick returns the change that has the session hold its nick.
func (here *session) nick() backplane.Change {
	if here.account != 0 {
		return &backplane.Login{Session: here.id.Session, Account: here.account, Name: here.name}
	}
	return &backplane.Nick{Session: here.id.Session, Name: here.name, Key: here.key}
}
