package hub

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// countNicks counts the nicks in a room one by one.
func (os *others) countNicks(fold string) uint64 {
	nicks := map[string]bool{}
	for _, o := range os.sessions {
		if o.rooms[fold] {
			nicks[o.fold] = true
		}
	}
	return uint64(len(nicks))
}

// How many nicks of other machines a room has is counted as they come and go.
func TestOthersAreCounted(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	h := &Hub{}
	rooms := []string{"go", "golf", "chess"}
	for range 20000 {
		id := backplane.SessionID{Epoch: 1 + rng.Uint64N(2), Session: 1 + rng.Uint64N(8)}
		room, account := rooms[rng.IntN(len(rooms))], fmt.Sprint("account-", rng.IntN(3))
		switch rng.IntN(8) {
		case 0, 1:
			h.others.name(id, proto.Name{Shown: account, Fold: account}, true)
		case 2:
			guest := fmt.Sprint("guest-", id)
			h.others.name(id, proto.Name{Shown: guest, Fold: guest}, false)
		case 3:
			h.others.leave(id, room)
		case 4:
			h.others.end(id)
		case 5:
			if rng.IntN(10) == 0 {
				h.others.drop(room)
			}
		default:
			h.others.join(id, room)
		}
		sizes := h.sizesElsewhere("go")
		for _, fold := range rooms[:2] {
			if want := h.others.countNicks(fold); sizes[fold] != want {
				t.Fatalf("%d nicks are in %s; want %d", sizes[fold], fold, want)
			}
		}
		if _, there := sizes["chess"]; there {
			t.Fatal("a room of another prefix is listed")
		}
	}
}

// BenchmarkSizesElsewhere is what ROOMS holds the hub up for.
func BenchmarkSizesElsewhere(b *testing.B) {
	h := &Hub{}
	for s := range uint64(20000) {
		id, nick := backplane.SessionID{Epoch: 1, Session: s + 1}, fmt.Sprint("guest-", s)
		h.others.name(id, proto.Name{Shown: nick, Fold: nick}, false)
		for r := range uint64(4) {
			h.others.join(id, fmt.Sprint("room-", (s+r)%200))
		}
	}
	for b.Loop() {
		h.sizesElsewhere("")
	}
}
