package hub

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A logModel is what a sharedLog is to be: a list.
type logModel struct {
	kept  []*batch
	last  uint64
	other int // bytes that other logs take of the budget
}

func (m *logModel) publish(b *batch, budget int) {
	m.kept = append(m.kept, b)
	if b.entries[0].event == nil {
		m.last += uint64(len(b.entries))
	}
	share := max(minLog, min(maxLog, (budget-m.size()-m.other)/logShares))
	for m.size() > share && len(m.kept) > 1 {
		m.kept = m.kept[1:]
	}
}

func (m *logModel) size() (size int) {
	for _, b := range m.kept {
		size += b.size
	}
	return size
}

// after is sharedLog.after.
func (m *logModel) after(seq uint64) uint64 {
	for _, b := range m.kept {
		if b.last >= seq {
			return b.pos
		}
	}
	return m.kept[len(m.kept)-1].pos + 1
}

// randomBatch returns an event, or posts numbered from first on.
func randomBatch(random *rand.Rand, first uint64, size int) *batch {
	b := &batch{room: "go", size: 1 + random.IntN(size)}
	if random.IntN(3) == 0 {
		b.entries = []entry{{event: &event{kind: proto.JOINED}}}
		return b
	}
	for range 1 + random.IntN(5) {
		b.entries = append(b.entries, entry{post: history.Post{Seq: first}})
		first++
	}
	return b
}

func TestLogKeepsTheNewestBatches(t *testing.T) {
	for _, test := range []struct{ budget, other, size, batches int }{
		{tiny, 0, 100, 2000}, // grows the ring to many batches
		{tiny, 0, 10_000, 300},
		{ample, ample - 1<<20, 10_000, 300},
		{ample, 0, 100_000, 100},
		{1 << 20, 0, 20_000, 100},
		{1 << 20, 2 << 20, 1000, 300},
	} {
		t.Run(fmt.Sprintf("%+v", test), func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(test.size)))
			const head = 7
			model := logModel{last: head, other: test.other}
			b := budget{size: int64(test.budget)}
			b.reserve(test.other)
			var log sharedLog
			log.start(head, time.Time{}, &b)
			for pos := range uint64(test.batches) {
				batch := randomBatch(random, model.last+1, test.size)
				before := model.last
				log.publish(batch)
				model.publish(batch, test.budget)
				if batch.pos != pos+1 || batch.before != before || batch.last != model.last || log.newest.Load() != batch {
					t.Fatalf("batch %d is at %d, after %d to %d; want it after %d to %d", pos+1, batch.pos, batch.before, batch.last, before, model.last)
				}
				checkLog(t, &log, &model, head)
			}
			if log.free(); b.used.Load() != int64(test.other) {
				t.Errorf("a log that is no more holds %d bytes", b.used.Load()-int64(test.other))
			}
		})
	}
}

func checkLog(t *testing.T, log *sharedLog, model *logModel, head uint64) {
	t.Helper()
	oldest, newest := model.kept[0].pos, log.newest.Load().pos
	if log.oldest.Load() != oldest || log.size != model.size() || log.budget.used.Load() != int64(model.size()+model.other) {
		t.Fatalf("the log keeps %d bytes from %d on, want %d from %d", log.size, log.oldest.Load(), model.size(), oldest)
	}
	for pos := uint64(1); pos <= newest; pos++ {
		var want *batch
		if pos >= oldest {
			want = model.kept[pos-oldest]
		}
		if got := log.at(pos); got != want {
			t.Fatalf("of %d to %d, position %d holds %+v, want %+v", oldest, newest, pos, got, want)
		}
	}
	for _, seq := range []uint64{0, head, model.kept[0].before, model.kept[0].last, (model.kept[0].last + model.last) / 2, model.last} {
		if got, want := log.after(seq), model.after(seq); got != want {
			t.Fatalf("after number %d one goes on at %d, want %d", seq, got, want)
		}
	}
}

// Readers who take no lock see every batch while it is kept, and find their
// place again when it is not.
func TestLogReadersNeverLoseTheirPlace(t *testing.T) {
	const batches = 5000
	var log sharedLog
	log.start(0, time.Time{}, &budget{size: tiny})
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			for pos, seen := uint64(1), uint64(0); pos <= batches; {
				if pos > log.newest.Load().pos {
					runtime.Gosched()
					continue
				}
				b := log.at(pos)
				if b == nil {
					next := log.after(seen)
					if next <= pos {
						t.Errorf("position %d is not kept, but number %d is sought at %d", pos, seen, next)
						return
					}
					pos = next
					continue
				}
				if b.pos != pos || b.last < seen || len(b.entries) != int(b.last-b.before) && b.entries[0].event == nil {
					t.Errorf("position %d holds batch %d, after %d to %d; seen is %d", pos, b.pos, b.before, b.last, seen)
					return
				}
				pos, seen = b.pos+1, b.last
			}
		})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range batches {
		size := 1 << random.IntN(14) // the ring grows, shrinks in use, and grows
		log.publish(randomBatch(random, log.newest.Load().last+1, size))
	}
	wg.Wait()
}

func TestLogsShareTheirBudget(t *testing.T) {
	const size = 256 << 10
	b := budget{size: 9 * size}
	logs := make([]sharedLog, 8)
	for i := range logs {
		logs[i].start(0, time.Time{}, &b)
	}
	for range 2 * size / 1024 {
		for i := range logs {
			logs[i].publish(&batch{entries: make([]entry, 1), size: 1024})
			if used := b.used.Load(); used > b.size+1024 {
				t.Fatalf("the logs take %d bytes of %d", used, b.size)
			}
		}
	}
	for i := range logs {
		// Each holds an eighth of what all leave: a sixteenth.
		if got, want := logs[i].size, 9*size/16; got < want-8<<10 || got > want+8<<10 {
			t.Errorf("log %d of %d keeps %d bytes, want about %d", i, len(logs), got, want)
		}
	}
}
