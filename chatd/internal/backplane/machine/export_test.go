package machine

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// VersionOf returns the version of records that may be written.
func VersionOf(s *State) uint8 { return s.settings.version }

// Dump writes down all that a state is. Equal states have equal dumps.
func Dump(s *State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n%+v\n", s.position, s.settings)
	for _, es := range [][]*epoch{s.epochs.live, s.epochs.ended} {
		for _, e := range es {
			fmt.Fprintf(&b, "epoch %d n=%d at=%v speaks=%d ended=%t known=%t\n", e.id, e.n, e.at, e.speaks, e.ended, s.epochs.of[e.id] == e)
			for _, here := range e.sessions {
				h := here.holder
				fmt.Fprintf(&b, "\t%v %v %x account=%d rooms=%v alone=%t logins=%d\n", here.id, here.name, here.key, here.account, here.rooms, h.guest == here, h.logins)
			}
		}
	}
	fmt.Fprintf(&b, "%d epochs\n", len(s.epochs.of))
	for _, names := range []map[string]*holder{s.nicks.byFold, s.nicks.bySkeleton} {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			fmt.Fprintf(&b, "%s held by guest=%t logins=%d\n", name, names[name].guest != nil, names[name].logins)
		}
	}
	dumpRooms(&b, s)
	for k := s.once.order.Oldest(); k != nil; k = s.once.order.Younger(k) {
		fmt.Fprintf(&b, "once %v sum=%x at=%v seq=%d origin=%d number=%d known=%t\n", k.onceID, k.sum, k.at, k.seq, k.origin, k.number, s.once.of[k.onceID] == k)
	}
	fmt.Fprintf(&b, "%d keys\n%+v\n", len(s.once.of), s.quotas)
	for _, a := range s.accounts.All() {
		owner, err := s.accounts.Account(a.Name.Fold)
		fmt.Fprintf(&b, "%+v known=%t, %v\n", *a, owner == a, err)
	}
	return b.String()
}

func dumpRooms(b *strings.Builder, s *State) {
	for _, fold := range slices.Sorted(maps.Keys(s.rooms.byFold)) {
		r := s.rooms.byFold[fold]
		members := slices.SortedFunc(maps.Keys(r.members), bySessionID)
		fmt.Fprintf(b, "room %v %v made=%v head=%d last=%d members=%v known=%t\n", r.name, r.owner, r.made, r.head, r.last, members, s.rooms.bySkeleton[r.name.Skeleton] == r)
	}
	fmt.Fprintf(b, "%+v, %d skeletons\n", s.rooms.counts, len(s.rooms.bySkeleton))
}
