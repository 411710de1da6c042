package logtest

import (
	"context"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// A Chat is a shared log in memory, with the machines that follow it. The zero value has none.
type Chat struct {
	mu       sync.Mutex
	records  [][]byte
	machines []*Member
	epochs   uint64
}

// A Member is a machine of a Chat: a shared log over stores of its own. Close it.
type Member struct {
	Rooms    *history.Memory
	Accounts *account.Memory

	chat  *Chat
	state *machine.State // the goroutine's
	local backplane.Log  // that of the stores
	news  chan struct{}  // holds a token when the log may have grown
	ended sync.WaitGroup // its goroutine

	mu      sync.Mutex
	to      backplane.Deliverer
	epoch   uint64
	n       uint64
	waiting []*submitted // changes in records that are not applied, in their order
	closed  bool
}

type submitted struct {
	change backplane.Change
	done   func(backplane.Verdict)
}

var _ backplane.Log = (*Member)(nil)

// Join returns a further machine.
func (c *Chat) Join() *Member {
	m := &Member{Rooms: history.NewMemory(1 << 20), Accounts: &account.Memory{}, chat: c, state: machine.New(), news: make(chan struct{}, 1)}
	m.local = backplane.NewLocal(m.Rooms, m.Accounts)
	c.mu.Lock()
	c.machines = append(c.machines, m)
	c.mu.Unlock()
	m.ended.Go(m.run)
	m.begin()
	return m
}

// begin begins an epoch, which it returns. What was submitted since the end of the last one is void.
func (m *Member) begin() uint64 {
	m.chat.mu.Lock()
	m.chat.epochs++
	epoch := m.chat.epochs
	m.chat.mu.Unlock()
	m.mu.Lock()
	void := m.waiting
	m.epoch, m.n, m.waiting = epoch, 0, nil
	ignore := func(backplane.Verdict) {}
	m.append(&backplane.Heartbeat{Speaks: machine.Version}, ignore) // an epoch begins with one
	m.mu.Unlock()
	for _, s := range void {
		s.done(backplane.Verdict{Err: backplane.ErrCutOff})
	}
	m.Submit(&backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 100, CreatesPerHour: 5, RegistersPerHour: 3}}, ignore)
	return epoch
}

// Fence has the others take the machine for gone, and the machine begin another epoch.
func (m *Member) Fence() { m.FenceUntil(func() {}) }

// FenceUntil calls f after Fence has had the machine gone, and before it is back.
func (m *Member) FenceUntil(f func()) {
	ended := make(chan struct{})
	m.Submit(&backplane.EndEpoch{}, func(backplane.Verdict) { close(ended) })
	<-ended
	f()
	epoch := m.begin()
	m.deliverer().Fenced(epoch)
}

// Submit implements backplane.Log. Each record has one change.
func (m *Member) Submit(c backplane.Change, done func(backplane.Verdict)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.append(c, done)
}

// append adds a record with a change to the log. Its caller holds mu.
func (m *Member) append(c backplane.Change, done func(backplane.Verdict)) {
	m.n++
	m.waiting = append(m.waiting, &submitted{c, done})
	record := (&machine.Record{Epoch: m.epoch, N: m.n, Items: []backplane.Change{c}}).Append(nil)
	m.chat.mu.Lock()
	m.chat.records = append(m.chat.records, record)
	for _, other := range m.chat.machines {
		other.wake()
	}
	m.chat.mu.Unlock()
}

func (m *Member) wake() {
	select {
	case m.news <- struct{}{}:
	default:
	}
}

// run is the machine's goroutine, which applies the log until Close.
func (m *Member) run() {
	for range m.news {
		for m.apply() {
		}
		m.mu.Lock()
		closed := m.closed
		m.mu.Unlock()
		if closed {
			return
		}
	}
}

// apply applies the next record, if there is one.
func (m *Member) apply() bool {
	m.chat.mu.Lock()
	all := m.chat.records
	m.chat.mu.Unlock()
	at := m.state.Applied()
	if at >= uint64(len(all)) {
		return false
	}
	res, err := m.state.Apply(at+1, time.Now(), all[at])
	if err != nil {
		panic(err)
	}
	for i := range res.Items {
		if err := Keep(m.local, &res.Items[i]); err != nil {
			panic(err)
		}
	}
	m.tell(&res)
	return true
}

// Keep has the stores of a local log keep what came of a change.
func Keep(local backplane.Log, item *machine.Item) error {
	change := item.Change
	switch had := change.(type) {
	case *backplane.Posts:
		if len(item.Stored) == 0 {
			return nil
		}
		change = &backplane.Posts{Fold: had.Fold, Posts: slices.Clone(item.Stored)}
	case *backplane.Nick, *backplane.Login, *backplane.Join, *backplane.Leave, *backplane.End, *backplane.Heartbeat, *backplane.Settings, *backplane.EndEpoch:
		return nil
	}
	if item.Verdict.Err != nil {
		return nil
	}
	return backplane.Do(local, change).Err
}

// deliverer returns to whom the machine delivers; before Start to nobody.
func (m *Member) deliverer() backplane.Deliverer {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.to
}

// tell tells what came of a record.
func (m *Member) tell(res *machine.Result) {
	to, waits := m.deliverer(), m.waits(res)
	own := waits != nil
	for i := range res.Items {
		item := &res.Items[i]
		if applied, ok := item.Applied(res.Epoch); ok && to != nil && (!own || item.ToItsOwn()) {
			to.Deliver([]backplane.Applied{applied})
		}
		if own {
			waits.answer(item)
		} else if _, ends := item.Change.(*backplane.EndEpoch); ends && to != nil {
			to.Ended(res.Epoch)
		}
	}
}

// waits returns what waits for a record of the machine, which is what has waited longest. Nothing
// does once the machine has begun another epoch.
func (m *Member) waits(res *machine.Result) *submitted {
	m.mu.Lock()
	defer m.mu.Unlock()
	if res.Epoch != m.epoch || len(res.Items) == 0 {
		return nil
	}
	s := m.waiting[0]
	m.waiting = m.waiting[1:]
	return s
}

// answer answers a change.
func (s *submitted) answer(item *machine.Item) {
	if posts, ok := s.change.(*backplane.Posts); ok {
		for i, p := range item.Change.(*backplane.Posts).Posts {
			posts.Posts[i].Seq, posts.Posts[i].Time = p.Seq, p.Time
		}
	}
	s.done(item.Verdict)
}

// Start implements backplane.Log.
func (m *Member) Start(d backplane.Deliverer) error {
	started := make(chan struct{})
	m.Submit(&backplane.Heartbeat{Speaks: machine.Version}, func(backplane.Verdict) {
		m.mu.Lock()
		m.to = d
		epoch := m.epoch
		m.mu.Unlock()
		d.Fenced(epoch)
		d.Deliver(m.state.Present())
		close(started)
	})
	<-started
	return nil
}

// Shared implements backplane.Log.
func (m *Member) Shared() bool { return true }

// OriginKey implements backplane.Log.
func (m *Member) OriginKey() [sha256.Size]byte { return [sha256.Size]byte{1} }

// Health implements backplane.Log.
func (m *Member) Health() backplane.Health { return backplane.Health{} }

// Ask implements backplane.Log.
func (m *Member) Ask(_ context.Context, epoch uint64, q backplane.Question) (backplane.Answer, error) {
	m.chat.mu.Lock()
	machines := slices.Clone(m.chat.machines)
	m.chat.mu.Unlock()
	for _, other := range machines {
		if other.Epoch() == epoch {
			return other.deliverer().Answer(q), nil
		}
	}
	return backplane.Answer{}, backplane.ErrNoMachine
}

// Epoch returns the machine's.
func (m *Member) Epoch() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.epoch
}

// Close implements backplane.Log.
func (m *Member) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	m.wake()
	m.ended.Wait()
	return nil
}
