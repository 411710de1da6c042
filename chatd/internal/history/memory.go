package history

import (
	"context"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// What Memory keeps of a room: its newest post and, with it, up to roomFloor bytes
// in any case and roomShare at most, less as the budget over all rooms is used
// up. A room may hold an eighth of what is free (dynamic thresholds: A. K.
// Choudhury and E. L. Hahne, 1998), so the sum nears the budget, and passes it
// by no more than what each room keeps in any case.
const (
	roomFloor  = 16 << 10
	roomShare  = 1 << 20
	freeShares = 8
)

// Memory is a Store that keeps the newest posts of each room within a budget,
// and nothing across a restart.
type Memory struct {
	mu     sync.Mutex
	budget int
	used   int
	rooms  map[string]*memoryRoom // by fold
	looks  map[string]bool
	order  []string // folds, sorted
}

type memoryRoom struct {
	Room
	posts []Post // First … Head
	size  int
}

// NewMemory returns an empty store that keeps about budget bytes of posts.
func NewMemory(budget int) *Memory {
	return &Memory{budget: budget, rooms: map[string]*memoryRoom{}, looks: map[string]bool{}}
}

// Create implements Store.
func (m *Memory) Create(_ context.Context, room Room) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	fold := room.Name.Fold
	if m.rooms[fold] != nil || m.looks[room.Name.Look] {
		return ErrExists
	}
	room.First, room.Head = 1, 0
	m.rooms[fold] = &memoryRoom{Room: room}
	m.looks[room.Name.Look] = true
	i, _ := slices.BinarySearch(m.order, fold)
	m.order = slices.Insert(m.order, i, fold)
	return nil
}

// Room implements Store.
func (m *Memory) Room(_ context.Context, fold string) (Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r := m.rooms[fold]; r != nil {
		return r.Room, nil
	}
	return Room{}, ErrNoRoom
}

// Rooms implements Store.
func (m *Memory) Rooms(_ context.Context, prefix, after string, limit int) ([]Room, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	from, _ := slices.BinarySearch(m.order, prefix)
	folds := m.order[from:]
	folds = folds[:sort.Search(len(folds), func(i int) bool { return !strings.HasPrefix(folds[i], prefix) })]
	all := len(folds)
	behind, found := slices.BinarySearch(folds, after)
	if found {
		behind++
	}
	folds = folds[behind:]
	var rooms []Room
	for _, fold := range folds[:min(limit, len(folds))] {
		rooms = append(rooms, m.rooms[fold].Room)
	}
	return rooms, all, nil
}

// SetTopic implements Store.
func (m *Memory) SetTopic(_ context.Context, fold, topic, nick string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[fold]
	if r == nil {
		return ErrNoRoom
	}
	r.Topic, r.TopicBy = topic, nick
	return nil
}

// Append implements Store. It calls done before it returns.
func (m *Memory) Append(fold string, posts []Post, done func(first uint64, err error)) {
	m.mu.Lock()
	r := m.rooms[fold]
	if r == nil {
		m.mu.Unlock()
		done(0, ErrFailed)
		return
	}
	first := r.Head + 1
	for _, p := range posts {
		r.Head++
		p.Seq = r.Head
		r.Last = p.Time
		r.posts = append(r.posts, p)
		r.size += p.Size()
		m.used += p.Size()
	}
	m.retain(r)
	m.mu.Unlock()
	done(first, nil)
}

// retain drops the room's oldest posts until it holds no more than its share.
func (m *Memory) retain(r *memoryRoom) {
	share := max(roomFloor, min(roomShare, (m.budget-m.used)/freeShares))
	n := 0
	for r.size > share && n < len(r.posts)-1 {
		size := r.posts[n].Size()
		r.size -= size
		m.used -= size
		r.posts[n] = Post{}
		n++
	}
	r.posts = r.posts[n:]
	r.First += uint64(n)
}

// Page implements Store.
func (m *Memory) Page(_ context.Context, fold string, from, to uint64, limit int) (Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[fold]
	if r == nil {
		return Page{}, ErrNoRoom
	}
	page := Page{First: r.First}
	from = max(from, r.First)
	if to = min(to, r.Head); from > to {
		return page, nil
	}
	posts := r.posts[from-r.First : to-r.First+1]
	n, size := 0, 0
	for n < len(posts) && (n == 0 || size+posts[n].Size() <= limit) {
		size += posts[n].Size()
		n++
	}
	page.Posts = slices.Clone(posts[:n])
	return page, nil
}

// Since implements Store.
func (m *Memory) Since(_ context.Context, fold string, t time.Time) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[fold]
	if r == nil {
		return 0, ErrNoRoom
	}
	i := sort.Search(len(r.posts), func(i int) bool { return !r.posts[i].Time.Before(t) })
	return r.First + uint64(i), nil
}

// Close implements Store.
func (m *Memory) Close() error { return nil }
