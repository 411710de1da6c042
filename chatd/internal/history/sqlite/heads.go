package sqlite

import (
	"sync"

	"linechat/chatd/internal/history/sqlite/internal/db"
)

// A head is what the committer knows of a room: the last number that is confirmed.
type head struct {
	room int64 // its id
	seq  uint64
}

// heads are those of the rooms that were posted to. The committer alone changes
// them.
type heads struct {
	mu sync.Mutex
	of map[string]head // by fold
}

// get returns the head of a room, from the file the first time. history.ErrNoRoom.
func (h *heads) get(t *db.Tx, fold string) (head, error) {
	if known, ok := h.known(fold); ok {
		return known, nil
	}
	r, err := t.Room(fold)
	if err != nil {
		return head{}, err
	}
	read := head{room: r.ID}
	err = t.One("SELECT coalesce(max(seq), ?) FROM post WHERE room = ?", db.Signed(r.First-1), r.ID).Scan(&read.seq)
	if err == nil {
		h.set(fold, read)
	}
	return read, err
}

func (h *heads) known(fold string) (head, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known, ok := h.of[fold]
	return known, ok
}

func (h *heads) set(fold string, to head) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.of == nil {
		h.of = map[string]head{}
	}
	h.of[fold] = to
}

// confirm notes the numbers of a batch that was committed.
func (h *heads) confirm(batch []*request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range batch {
		if r.err == nil && len(r.posts) > 0 {
			known := h.of[r.fold]
			known.seq = r.first + uint64(len(r.posts)) - 1
			h.of[r.fold] = known
		}
	}
}

// move notes heads that were moved by a transaction that was committed.
func (h *heads) move(to map[string]head) {
	for fold, at := range to {
		h.set(fold, at)
	}
}

// forget forgets all heads, so that each is read from the file again.
func (h *heads) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.of)
}

// drop forgets a room.
func (h *heads) drop(fold string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.of, fold)
}
