package hub

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A stubStore is a history.Memory that a test can hold and make fail.
type stubStore struct {
	*history.Memory
	held chan *heldAppend // the Appends that wait for the test

	mu        sync.Mutex
	holding   bool
	before    func(method string) error
	published func() uint64
	topics    []string // as stored

	full          error // of Admit
	fullForGuests bool  // for nobody else
}

// A heldAppend is an Append that the test lands.
type heldAppend struct {
	store *stubStore
	fold  string
	posts []history.Post
	first uint64
	done  func(uint64, error)
}

// persist stores the first n posts of the Append, which nobody knows of yet.
func (f *heldAppend) persist(n int) {
	f.store.Memory.Append(f.fold, f.posts[:n], func(first uint64, _ error) { f.first = first })
}

func (f *heldAppend) fail(err error) { f.done(0, err) }

func (f *heldAppend) succeed() {
	f.persist(len(f.posts))
	f.done(f.first, nil)
}

// replaceStore has the hub read another store, and make its changes there.
func (h *Hub) replaceStore(store history.Store) {
	h.store, h.changes = store, backplane.NewLocal(store, nil)
}

// hold makes further Appends wait for the test; pass ends that.
func (s *stubStore) hold() { s.setHolding(true) }
func (s *stubStore) pass() { s.setHolding(false) }

func (s *stubStore) setHolding(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding = on
}

// intercept has f called at the beginning of every call but Append: it may
// take its time, and the call fails with what it returns.
func (s *stubStore) intercept(f func(method string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = f
}

func (s *stubStore) enter(method string) error {
	s.mu.Lock()
	f := s.before
	s.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(method)
}

// boundPages says what is published: a Page beyond that is a defect.
func (s *stubStore) boundPages(published func() uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.published = published
}

// fails returns what to interfere with so that one method fails.
func fails(method string, err error) func(string) error {
	return func(m string) error {
		if m == method {
			return err
		}
		return nil
	}
}

// hangs returns what to interfere with so that one method hangs until gate is
// closed.
func hangs(method string, gate <-chan struct{}) func(string) error {
	return func(m string) error {
		if m == method {
			<-gate
		}
		return nil
	}
}

func (s *stubStore) Append(fold string, posts []history.Post, done func(uint64, error)) {
	s.mu.Lock()
	holding := s.holding
	s.mu.Unlock()
	if holding {
		s.held <- &heldAppend{store: s, fold: fold, posts: posts, done: done}
		return
	}
	s.Memory.Append(fold, posts, done)
}

func (s *stubStore) Create(ctx context.Context, room history.Room) error {
	if err := s.enter("Create"); err != nil {
		return err
	}
	return s.Memory.Create(ctx, room)
}

func (s *stubStore) Room(ctx context.Context, fold string) (history.Room, error) {
	if err := s.enter("Room"); err != nil {
		return history.Room{}, err
	}
	return s.Memory.Room(ctx, fold)
}

func (s *stubStore) Page(ctx context.Context, fold string, from, to uint64, limit int) (history.Page, error) {
	if err := s.enter("Page"); err != nil {
		return history.Page{}, err
	}
	s.mu.Lock()
	published := s.published
	s.mu.Unlock()
	if published != nil && to > published() {
		return history.Page{}, fmt.Errorf("page up to %d, published is %d", to, published())
	}
	return s.Memory.Page(ctx, fold, from, to, limit)
}

func (s *stubStore) SetTopic(ctx context.Context, fold, topic, nick string) error {
	if err := s.enter("SetTopic"); err != nil {
		return err
	}
	s.mu.Lock()
	s.topics = append(s.topics, topic)
	s.mu.Unlock()
	return s.Memory.SetTopic(ctx, fold, topic, nick)
}

// fill has Admit fail, for guests alone or for all; nil: it admits everybody again.
func (s *stubStore) fill(err error, guestsOnly bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full, s.fullForGuests = err, guestsOnly
}

func (s *stubStore) Admit(guest bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fullForGuests && !guest {
		return nil
	}
	return s.full
}

func (s *stubStore) DropUnused(ctx context.Context, fold string, t time.Time) error {
	if err := s.enter("DropUnused"); err != nil {
		return err
	}
	return s.Memory.DropUnused(ctx, fold, t)
}

func (s *stubStore) DropRoom(ctx context.Context, fold string) error {
	err := s.Memory.DropRoom(ctx, fold)
	return cmp.Or(s.enter("DropRoom"), err)
}

// Budgets of the stub's memory and of the shared logs.
const (
	ample = 64 << 20
	tiny  = 0 // a log of logFloor, a room of 16 KiB
)

var usual = Config{MaxRooms: 10, Presence: 50, LogBytes: ample}

// newHub returns a hub over a store of that budget with the rooms go and golf, which have
// space for all members unless config says for how many.
func newHub(t testing.TB, config Config, budget int) (*Hub, *stubStore) {
	t.Helper()
	config.MaxMembers = cmp.Or(config.MaxMembers, 1000)
	store := &stubStore{Memory: history.NewMemory(budget), held: make(chan *heldAppend, 1)}
	for _, room := range []string{"go", "golf"} {
		if err := store.Memory.Create(t.Context(), history.Room{Name: parseRoom(t, room)}); err != nil {
			t.Fatal(err)
		}
	}
	h, err := New(t.Context(), store, backplane.NewLocal(store, nil), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h, store
}

func parseRoom(t testing.TB, s string) proto.Name {
	t.Helper()
	name, err := proto.ParseRoom(s)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// open opens a room until the end of the test.
func open(t testing.TB, h *Hub, fold string) *Room {
	t.Helper()
	r, err := h.Open(t.Context(), nil, fold)
	if err != nil {
		t.Fatalf("Open %s: %v", fold, err)
	}
	t.Cleanup(r.Release)
	return r
}

func noWake() {}

// join makes nick a member, and checks the number that the membership begins
// after.
func join(t testing.TB, r *Room, session uint64, nick string, head uint64) *Member {
	t.Helper()
	m := NewMember(r, session, Nick{Shown: nick}, noWake)
	if got, _, err := m.Join(nil); got != head || err != nil {
		t.Errorf("%s joined after %d, %v; want %d", nick, got, err, head)
	}
	return m
}

// read returns all lines that come next on the cursor.
func read(t testing.TB, m *Member, v ReadOptions) string {
	t.Helper()
	return readTo(t, m, m.Head(), v)
}

func readTo(t testing.TB, m *Member, head Position, v ReadOptions) string {
	t.Helper()
	lines, err := drain(t.Context(), m, head, v)
	if err != nil {
		t.Errorf("Next: %v", err)
	}
	return lines
}

func drain(ctx context.Context, m *Member, head Position, v ReadOptions) (string, error) {
	var all []byte
	for more := true; more; {
		var shared []byte
		var err error
		if shared, all, more, err = m.Next(ctx, head, &v, all); err != nil {
			return string(all), err
		}
		all = append(all, shared...)
	}
	return string(all), nil
}

// numbers returns the numbers of the posts among lines.
func numbers(t testing.TB, lines string) (seqs []uint64) {
	t.Helper()
	for line := range strings.Lines(lines) {
		l, err := proto.ParseLine(strings.TrimRight(line, "\r\n"))
		if err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if l.Type == proto.MSG || l.Type == proto.ME {
			seqs = append(seqs, l.Seq)
		}
	}
	return seqs
}

// wantRun checks that lines hold the posts first … last, each once, in order.
func wantRun(t testing.TB, lines string, first, last uint64) {
	t.Helper()
	seqs := numbers(t, lines)
	for i, seq := range seqs {
		if seq != first+uint64(i) {
			t.Fatalf("post %d stands where %d is due", seq, first+uint64(i))
		}
	}
	if got := first + uint64(len(seqs)); got != last+1 {
		t.Fatalf("the posts from %d end before %d, want up to %d", first, got, last)
	}
}

func wantLines(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// shown returns nicks as written.
func shown(nicks []Nick) (names []string) {
	for _, n := range nicks {
		names = append(names, n.Shown)
	}
	return names
}
