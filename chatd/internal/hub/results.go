package hub

import (
	"slices"
	"sync"
	"sync/atomic"

	"linechat/chatd/internal/history"
)

// A result is what a room is to act on, in the order of the log: the answer to the posts in
// flight or to the Page of a recovery, or what others have done.
type result struct {
	flight *flight // the posts that it answers; nil: it is that of a recovery, or others
	err    error
	errs   []error        // of each of them; nil: none was refused
	rows   []history.Post // of the Page
	others func()         // carries out what others have done; nil: this is an answer
}

// results are those that the room has not acted on. The zero value is empty.
type results struct {
	some atomic.Bool
	mu   sync.Mutex
	list []result
	next int // index of the first in list
}

func (rs *results) put(res result) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.next > len(rs.list)/2 { // it makes no sense to grow
		rs.list, rs.next = slices.Delete(rs.list, 0, rs.next), 0
	}
	rs.list = append(rs.list, res)
	rs.some.Store(true)
}

// take returns the first result, and whether there is one.
func (rs *results) take() (first result, ok bool) {
	if !rs.some.Load() {
		return result{}, false
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	first = rs.list[rs.next]
	rs.list[rs.next] = result{}
	if rs.next++; rs.next < len(rs.list) {
		return first, true
	}
	if rs.list, rs.next = rs.list[:0], 0; cap(rs.list) > smallResults {
		rs.list = nil
	}
	rs.some.Store(false)
	return first, true
}

// smallResults is for how many results an idle room keeps memory.
const smallResults = 4
