package hub

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"

	"linechat/chatd/proto"
)

// An Ignored is the nicks that a guest, or all sessions of an account together, ignore. The
// zero value, and nil, is nobody, and of an account that its nicks were not read yet. All
// methods may be called from any goroutine.
type Ignored struct {
	readings atomic.Uint64
	newest   atomic.Pointer[reading]
}

// A reading is an account's nicks as they were read, or a guest's.
type reading struct {
	number uint64
	nicks  map[string]proto.Name // by fold
}

// Known reports whether Set was called.
func (ig *Ignored) Known() bool { return ig.newest.Load() != nil }

// Has reports whether a nick, however it is written, is ignored.
func (ig *Ignored) Has(nick string) bool {
	if !ig.any() {
		return false
	}
	_, ok := ig.newest.Load().nicks[proto.Fold(nick)]
	return ok
}

// any reports whether somebody is ignored.
func (ig *Ignored) any() bool {
	if ig == nil {
		return false
	}
	newest := ig.newest.Load()
	return newest != nil && len(newest.nicks) > 0
}

// Nicks returns all that are ignored, sorted by their folds.
func (ig *Ignored) Nicks() []proto.Name {
	if !ig.any() {
		return nil
	}
	return slices.SortedFunc(maps.Values(ig.newest.Load().nicks), func(a, b proto.Name) int { return cmp.Compare(a.Fold, b.Fold) })
}

// Begin is called before the nicks of an account are read from where they are kept, and after
// they were changed there. The number that it returns is for Set.
func (ig *Ignored) Begin() uint64 { return ig.readings.Add(1) }

// Set sets the nicks that were read after Begin returned the number, unless those of a later
// one are set.
func (ig *Ignored) Set(number uint64, nicks []proto.Name) {
	r := &reading{number, make(map[string]proto.Name, len(nicks))}
	for _, nick := range nicks {
		r.nicks[nick.Fold] = nick
	}
	for old := ig.newest.Load(); old == nil || old.number < number; old = ig.newest.Load() {
		if ig.newest.CompareAndSwap(old, r) {
			return
		}
	}
}

// Ignored returns what the sessions of an account share, of which one must be logged in.
func (us *Users) Ignored(fold string) *Ignored {
	us.mu.Lock()
	defer us.mu.Unlock()
	return &us.byFold[fold].ignored
}
