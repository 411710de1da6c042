package hub

import (
	"testing"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A recreating log has a room that is deleted be made again on another machine, and entered there,
// right after that.
type recreating struct {
	backplane.Log
	to *deliverer
}

func (l recreating) Submit(c backplane.Change, done func(backplane.Verdict)) {
	l.Log.Submit(c, done)
	if drop, ok := c.(*backplane.Drop); ok {
		l.to.Deliver([]backplane.Applied{
			{Epoch: 7, Change: &backplane.Create{Room: history.Room{Name: proto.Name{Shown: "go", Fold: "go"}}}},
			{Epoch: 7, Change: &backplane.Join{Session: 1, Fold: drop.Fold}},
		})
	}
}

// Who comes to a new room elsewhere is not taken for one of those who were in the deleted one.
func TestDropBeforeWhoComesToTheNewRoom(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	open(t, h, "go")
	to := &deliverer{Hub: h}
	h.changes, h.shared = recreating{h.changes, to}, true
	nick := proto.Name{Shown: "bob", Fold: "bob"}
	to.Deliver([]backplane.Applied{{Epoch: 7, Change: &backplane.Nick{Session: 1, Name: nick}}, {Epoch: 7, Change: &backplane.Join{Session: 1, Fold: "go"}}})
	if _, _, err := h.Drop(t.Context(), nil, "go"); err != nil {
		t.Fatal(err)
	}
	if n := h.sizesElsewhere("")["go"]; n != 1 {
		t.Errorf("%d are in the new room, want 1", n)
	}
}
