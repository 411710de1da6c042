package jetstream

import (
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
)

// A beat is a heartbeat of a machine, which agrees with this one's copy or not.
type beat struct {
	epoch, applied uint64
	same           bool
}

// TestVotes has heartbeats of machines 2 and 3 decide about this one's copy, whose epoch is 1.
func TestVotes(t *testing.T) {
	t.Parallel()
	own := &trail{}
	for seq := uint64(1); seq <= 20; seq++ {
		own.add(step{seq: seq, hash: [32]byte{byte(seq)}})
	}
	for name, test := range map[string]struct {
		live  []uint64
		beats []beat
		after time.Duration
		want  vote
	}{
		"nobody else":                           {[]uint64{1}, nil, 0, agreed},
		"both agree":                            {[]uint64{1, 2, 3}, []beat{{2, 5, true}, {3, 6, true}}, 0, agreed},
		"a position that is not remembered":     {[]uint64{1, 2}, []beat{{2, 99, false}}, 0, agreed},
		"one differs, the other is not known":   {[]uint64{1, 2, 3}, []beat{{2, 5, false}}, 0, open},
		"one differs, the other agreed before":  {[]uint64{1, 2, 3}, []beat{{3, 4, true}, {2, 5, false}}, 0, open},
		"one differs, the other agrees since":   {[]uint64{1, 2, 3}, []beat{{2, 5, false}, {3, 5, true}}, 0, majority},
		"one differs, the other stays silent":   {[]uint64{1, 2, 3}, []beat{{3, 4, true}, {2, 5, false}}, voteTime, outvoted},
		"both differ":                           {[]uint64{1, 2, 3}, []beat{{2, 5, false}, {3, 5, false}}, 0, outvoted},
		"the only other one differs":            {[]uint64{1, 2}, []beat{{2, 5, false}}, 0, outvoted},
		"who differed is gone":                  {[]uint64{1, 3}, []beat{{2, 5, false}, {3, 4, true}}, 0, agreed},
		"who differed has taken another's copy": {[]uint64{1, 2, 3}, []beat{{2, 5, false}, {3, 5, true}, {2, 9, true}}, 0, agreed},
	} {
		t.Run(name, func(t *testing.T) {
			var p peers
			now := time.Now()
			for _, b := range test.beats {
				h := &backplane.Heartbeat{Applied: b.applied, Hash: [32]byte{byte(b.applied)}}
				if !b.same {
					h.Hash[31] = 1
				}
				p.compare(b.epoch, h, own, now)
			}
			if got := p.vote(test.live, 1, now.Add(test.after)); got != test.want {
				t.Errorf("the vote is %d, want %d", got, test.want)
			}
		})
	}
}

// TestPurgeLimit: what at least two copies have kept for good is not needed any more.
func TestPurgeLimit(t *testing.T) {
	t.Parallel()
	p := purger{synced: map[uint64]uint64{1: 30, 2: 10, 3: 20, 4: 99}}
	for _, test := range []struct {
		live      []uint64
		own, want uint64
	}{
		{[]uint64{1, 2, 3}, 1, 20},
		{[]uint64{1, 2}, 1, 10},
		{[]uint64{1}, 1, 0},
		{[]uint64{1, 2, 3}, 2, 0}, // 1 does it
		{[]uint64{3, 5}, 3, 0},    // 5 has said nothing
		{nil, 1, 0},
	} {
		if got := p.limit(test.live, test.own); got != test.want {
			t.Errorf("of %v machine %d purges below %d, want %d", test.live, test.own, got, test.want)
		}
	}
}
