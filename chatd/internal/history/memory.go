package history

import (
	"container/list"
	"context"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// Memory keeps the newest post of each room, up to roomFloor bytes of it in any case,
// and at most roomShare. When all rooms together exceed the budget, rooms above the
// floor lose posts, the one that was posted to least recently first: what is kept of a
// busy room does not depend on what others once posted.
const (
	roomFloor = 16 << 10
	roomShare = 1 << 20
)

// Memory is a Store that keeps the newest posts of each room within a budget,
// and nothing across a restart.
type Memory struct {
	mu        sync.Mutex
	budget    int
	used      int
	rooms     map[string]*memoryRoom // by fold
	skeletons map[string]bool
	order     []string  // folds, sorted
	heavy     list.List // of *memoryRoom above the floor, least recently posted to first
}

type memoryRoom struct {
	Room
	posts posts // First … Head
	size  int
	place *list.Element // in heavy; nil: not there
}

// post returns the post at index i, from the oldest, which is 0.
func (r *memoryRoom) post(i int) Post {
	p := r.posts.at(i)
	p.Seq = r.First + uint64(i)
	return p
}

// NewMemory returns an empty store that keeps about budget bytes of posts, and
// what each room keeps in any case.
func NewMemory(budget int) *Memory {
	return &Memory{budget: budget, rooms: map[string]*memoryRoom{}, skeletons: map[string]bool{}}
}

// Create implements Store.
func (m *Memory) Create(_ context.Context, room Room) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	fold := room.Name.Fold
	if m.rooms[fold] != nil || m.skeletons[room.Name.Skeleton] {
		return ErrExists
	}
	room.First, room.Head = 1, 0
	m.rooms[fold] = &memoryRoom{Room: room}
	m.skeletons[room.Name.Skeleton] = true
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
	next, found := slices.BinarySearch(folds, after)
	if found {
		next++
	}
	folds = folds[next:]
	var rooms []Room
	for _, fold := range folds[:min(limit, len(folds))] {
		rooms = append(rooms, m.rooms[fold].Room)
	}
	return rooms, all, nil
}

// Counts implements Store.
func (m *Memory) Counts(context.Context) (Counts, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var c Counts
	for _, r := range m.rooms {
		c.Add(r.Owner, 1)
	}
	return c, nil
}

// Admit implements Store. There is always room: old posts make it.
func (m *Memory) Admit(bool) error { return nil }

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

// DropRoom implements Store.
func (m *Memory) DropRoom(_ context.Context, fold string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[fold]
	if r == nil {
		return ErrNoRoom
	}
	m.remove(r)
	return nil
}

func (m *Memory) remove(r *memoryRoom) {
	if r.place != nil {
		m.heavy.Remove(r.place)
	}
	m.used -= r.size
	fold := r.Name.Fold
	delete(m.rooms, fold)
	delete(m.skeletons, r.Name.Skeleton)
	i, _ := slices.BinarySearch(m.order, fold)
	m.order = slices.Delete(m.order, i, i+1)
}

// unused reports whether a room is one that Unused returns.
func (r *memoryRoom) unused(t time.Time) bool {
	return r.Owner.Guest && r.Head == 0 && r.Made.Before(t)
}

// Unused implements Store.
func (m *Memory) Unused(_ context.Context, t time.Time, after string, limit int) (folds []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, fold := range m.order {
		if fold > after && len(folds) < limit && m.rooms[fold].unused(t) {
			folds = append(folds, fold)
		}
	}
	return folds, nil
}

// DropUnused implements Store.
func (m *Memory) DropUnused(_ context.Context, fold string, t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[fold]
	if r == nil || !r.unused(t) {
		return ErrNoRoom
	}
	m.remove(r)
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
	for i := range posts {
		p := &posts[i]
		r.Head++
		r.Last = p.Time
		r.posts.add(p)
		r.size += size(p)
		m.used += size(p)
	}
	m.retain(r)
	m.mu.Unlock()
	done(first, nil)
}

// retain drops posts of r, which was just posted to, above its share, and then posts
// of any room above the budget.
func (m *Memory) retain(r *memoryRoom) {
	for r.size > roomShare && r.posts.n > 1 {
		m.drop(r)
	}
	if r.place != nil {
		m.heavy.MoveToBack(r.place)
	} else if r.size > roomFloor {
		r.place = m.heavy.PushBack(r)
	}
	for m.used > m.budget && m.heavy.Len() > 0 {
		victim := m.heavy.Front().Value.(*memoryRoom)
		if victim.size > roomFloor && victim.posts.n > 1 {
			m.drop(victim)
			continue
		}
		m.heavy.Remove(victim.place)
		victim.place = nil
	}
}

// drop drops the room's oldest post.
func (m *Memory) drop(r *memoryRoom) {
	oldest := r.posts.at(0)
	r.size -= size(&oldest)
	m.used -= size(&oldest)
	r.posts.drop()
	r.First++
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
	bytes := 0
	for seq := from; seq <= to; seq++ {
		p := r.post(int(seq - r.First))
		if bytes += p.Size(); bytes > limit && seq > from {
			break
		}
		page.Posts = append(page.Posts, p)
	}
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
	i := sort.Search(r.posts.n, func(i int) bool { return !r.posts.timeOf(i).Before(t) })
	return r.First + uint64(i), nil
}

// searchSlice is how many posts Search copies at a time, to look at them while
// others are stored.
const searchSlice = 64

// Search implements Store.
func (m *Memory) Search(ctx context.Context, fold string, q Query) (Hits, error) {
	var hits Hits
	end := q.Before
	for len(hits.Seqs) < q.Limit && ctx.Err() == nil {
		posts, err := m.before(fold, q.After, end)
		if err != nil {
			return Hits{}, err
		}
		if len(posts) == 0 {
			break
		}
		for _, p := range posts {
			if len(hits.Seqs) < q.Limit && q.Matches(p.Nick, p.Text) {
				hits.Seqs = append(hits.Seqs, p.Seq)
			}
		}
		end = posts[len(posts)-1].Seq
	}
	slices.Reverse(hits.Seqs)
	return hits, ctx.Err()
}

// before returns the newest posts between numbers after and before, newest first, at
// most a slice of them; before 0: up to the newest.
func (m *Memory) before(fold string, after, before uint64) (posts []Post, err error) {
	posts = make([]Post, 0, searchSlice)
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.rooms[fold]
	if r == nil {
		return nil, ErrNoRoom
	}
	if before == 0 || before > r.Head {
		before = r.Head + 1
	}
	for seq := before - 1; seq > after && seq >= r.First && len(posts) < searchSlice; seq-- {
		posts = append(posts, r.post(int(seq-r.First)))
	}
	return posts, nil
}

// Keyed implements Store.
func (m *Memory) Keyed(_ context.Context, t time.Time, limit int, each func(fold string, p *Post)) error {
	all := m.keyed(t)
	slices.SortStableFunc(all, func(a, b keyedPost) int { return b.Time.Compare(a.Time) })
	for _, k := range all[:min(limit, len(all))] {
		each(k.fold, &k.Post)
	}
	return nil
}

type keyedPost struct {
	fold string
	Post
}

// keyed returns the posts made since t with a ONCE key, each room's newest first.
func (m *Memory) keyed(t time.Time) (all []keyedPost) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for fold, r := range m.rooms {
		for i := r.posts.n - 1; i >= 0 && !r.posts.timeOf(i).Before(t); i-- {
			if p := r.post(i); p.Once != "" {
				all = append(all, keyedPost{fold, p})
			}
		}
	}
	return all
}

// Close implements Store.
func (m *Memory) Close() error { return nil }
