package machinetest

import (
	"math/rand/v2"
	"slices"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
)

// An Entry is a record as a log has it. The first one has position 1.
type Entry struct {
	Time   time.Time
	Record []byte
}

// Start is when logs begin.
var Start = time.Unix(1_790_000_000, 0)

// Log returns a random log of at least n records. Four machines make all kinds of changes
// there; they lose records, repeat them, publish what is to follow before what was lost, fall
// silent, are fenced and come back. Old records appear again, and bytes that are no record. The
// clock of the log stops, and is set forward and back.
func Log(seed uint64, n int) []Entry {
	l := &writer{Rand: rand.New(rand.NewPCG(seed, 0)), state: machine.New(), now: Start}
	l.step = []time.Duration{100 * time.Millisecond, 2 * time.Second}[l.IntN(2)]
	l.machines = make([]publisher, 4)
	for len(l.entries) < n {
		l.tick()
		l.publish(&l.machines[l.IntN(len(l.machines))])
		if l.chance(3) && len(l.entries) > 0 {
			l.add(l.entries[l.IntN(len(l.entries))].Record)
		}
		if l.chance(1) {
			l.add([]byte{machine.Version, byte(l.IntN(256))})
		}
	}
	return l.entries
}

// A writer writes a log.
type writer struct {
	*rand.Rand
	state    *machine.State
	now      time.Time
	step     time.Duration // about as long it is from one record to the next
	entries  []Entry
	machines []publisher
	posts    int // that were made
}

// A publisher is a machine that writes to the log.
type publisher struct {
	epoch     uint64 // 0: it is to begin one
	n         uint64 // of its last record
	undecided [][]byte
	silent    int // for how many of its turns
}

// chance is true so many times of a hundred.
func (l *writer) chance(percent int) bool { return l.IntN(100) < percent }

// tick has the clock of the log go on, or be set.
func (l *writer) tick() {
	switch {
	case l.chance(1):
		l.now = l.now.Add(time.Duration(l.Int64N(int64(time.Hour))))
	case l.chance(1):
		l.now = l.now.Add(-time.Duration(l.Int64N(int64(time.Hour))))
	default:
		l.now = l.now.Add(time.Duration(l.Int64N(int64(2 * l.step))))
	}
}

// publish has a machine make a record, and send all that are undecided, some of which are
// lost or arrive twice.
func (l *writer) publish(p *publisher) {
	if p.silent > 0 {
		p.silent--
		return
	}
	if l.chance(2) {
		p.silent = l.IntN(60)
	}
	if len(p.undecided) < 3 {
		p.undecided = append(p.undecided, l.record(p))
	}
	for _, record := range slices.Clone(p.undecided) {
		for range []int{0, 1, 1, 1, 1, 1, 1, 1, 1, 2}[l.IntN(10)] {
			l.add(record)
		}
	}
}

// record returns the next record of a machine.
func (l *writer) record(p *publisher) []byte {
	if p.epoch == 0 {
		p.epoch, p.n = l.Uint64()|1, 0
	}
	p.n++
	r := machine.Record{Epoch: p.epoch, N: p.n, Items: []backplane.Change{l.heartbeat()}}
	if p.n > 1 {
		r.Items = nil
		for range 1 + l.IntN(8) {
			r.Items = append(r.Items, l.change())
		}
		if l.chance(1) {
			r.Items = append(r.Items, &backplane.EndEpoch{})
		}
	}
	return r.Append(nil)
}

// add adds a record to the log, and tells its machine what came of it.
func (l *writer) add(record []byte) {
	res, err := l.state.Apply(uint64(len(l.entries)+1), l.now, record)
	if err != nil {
		panic(err) // no record of another version is written
	}
	l.entries = append(l.entries, Entry{l.now, record})
	i := slices.IndexFunc(l.machines, func(p publisher) bool { return p.epoch != 0 && p.epoch == res.Epoch })
	if i < 0 {
		return
	}
	p := &l.machines[i]
	switch {
	case res.Outcome == machine.Fenced, res.Outcome == machine.Applied && !slices.Contains(l.state.Epochs(), p.epoch):
		*p = publisher{silent: p.silent}
	case res.Outcome == machine.Applied:
		decided := len(p.undecided) - int(p.n-res.N)
		p.undecided = p.undecided[max(0, decided):]
	}
}
