package jetstream

import (
	"testing"

	"linechat/chatd/internal/backplane"
)

func TestCompact(t *testing.T) {
	answers := 0
	var queue []*submission
	add := func(c backplane.Change) {
		queue = append(queue, newSubmission(c, func(backplane.Verdict) { answers++ }))
	}
	add(&backplane.Nick{Session: 1, Patient: true})
	add(&backplane.Join{Session: 1, Fold: "go"})
	add(&backplane.Join{Session: 2, Fold: "go"})
	add(&backplane.Posts{Fold: "go"})
	add(&backplane.Nick{Session: 2})
	add(&backplane.Leave{Session: 2, Fold: "go"})
	add(&backplane.Nick{Session: 2, Patient: true})
	add(&backplane.Join{Session: 2, Fold: "go"})
	add(&backplane.Join{Session: 2, Fold: "zoo"})
	add(&backplane.End{Session: 1})
	all := append([]*submission{}, queue...)
	queue = compact(queue)
	want := []*submission{all[3], all[4], all[6], all[7], all[8], all[9]}
	if len(queue) != len(want) || answers != len(all)-len(want) {
		t.Fatalf("%d are kept and %d answered, of %d", len(queue), answers, len(all))
	}
	for i := range want {
		if queue[i] != want[i] {
			t.Errorf("%d: %T is kept, want %T", i, queue[i].change, want[i].change)
		}
	}
}
