package jetstream

import (
	"context"
	"errors"
	"sync"
	"time"

	"linechat/chatd/internal/backplane/machine"
)

// When a copy stores what came of records: storeDelay after the first of them, or at once if
// so much waits.
const (
	storeDelay = 20 * time.Millisecond
	storeCount = 512       // records
	storeBytes = 256 << 10 // of records
)

// A copyWriter has the copy store what came of records, of many in one transaction. It does so
// after they are told, for the log keeps them anyway: a copy that ends before them goes on from
// there. Whoever reads the copy waits for what was told before, with settle.
type copyWriter struct {
	copy    Copy
	closing chan struct{} // closed by close
	ended   chan struct{} // closed when run has returned
	some    chan struct{} // has an element when something may be waiting
	wanted  chan struct{} // has an element when what waits is to be stored at once

	mu      sync.Mutex
	waiting []machine.Result
	spare   []machine.Result // empty
	size    int              // of the records of waiting
	last    uint64           // position of the last record that was put
	stored  uint64           // position of the last one that the copy has
	err     error            // why that is so, if it was tried; nil: it was not, or it worked
	changed chan struct{}    // closed and replaced when stored or err has changed
}

func newCopyWriter(copy Copy, applied uint64) *copyWriter {
	return &copyWriter{
		copy: copy, last: applied, stored: applied, changed: make(chan struct{}),
		closing: make(chan struct{}), ended: make(chan struct{}), some: make(chan struct{}, 1), wanted: make(chan struct{}, 1),
	}
}

// put has what came of records of so many bytes be stored. After an error it is not; the next
// call may be with the same results. If much waits, put waits until it is stored.
func (w *copyWriter) put(results []machine.Result, size int) error {
	if err := w.copy.Ready(); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.err == nil && w.much() {
		w.await(nil)
	}
	if w.err != nil {
		return w.err
	}
	w.waiting = append(w.waiting, results...)
	w.size += size
	w.last = results[len(results)-1].Seq
	signal(w.some)
	if w.much() {
		signal(w.wanted)
	}
	return nil
}

func (w *copyWriter) much() bool { return len(w.waiting) >= storeCount || w.size >= storeBytes }

// settle returns once the copy has stored what was put, or cannot for now: then with an error.
func (w *copyWriter) settle(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for last := w.last; w.stored < last && !errors.Is(w.err, machine.ErrDisagrees); {
		if w.err != nil {
			return w.err
		}
		if !w.await(ctx.Done()) {
			return ctx.Err()
		}
	}
	return nil
}

// await has what waits be stored at once, and waits until something has changed, or run has
// returned. It reports false if done is closed before. Its caller holds mu.
func (w *copyWriter) await(done <-chan struct{}) bool {
	changed := w.changed
	w.mu.Unlock()
	defer w.mu.Lock()
	signal(w.wanted)
	select {
	case <-changed:
		return true
	case <-done:
		return false
	}
}

// run is the copyWriter's goroutine.
func (w *copyWriter) run() {
	defer close(w.ended)
	delay := time.NewTimer(storeDelay)
	defer delay.Stop()
	for open := true; open; {
		select {
		case <-w.some:
			delay.Reset(storeDelay)
		case <-w.closing:
		}
		select {
		case <-delay.C:
		case <-w.wanted:
		case <-w.closing:
			open = false
		}
		w.store()
	}
}

// store has the copy store what waits, and tries until it does, unless it is of no use.
func (w *copyWriter) store() {
	w.mu.Lock()
	batch := w.waiting
	w.waiting, w.spare, w.size = w.spare[:0], nil, 0
	w.mu.Unlock()
	for again := len(batch) > 0; again; {
		err := w.copy.Apply(batch)
		w.note(batch, err)
		if again = err != nil && !errors.Is(err, machine.ErrDisagrees); again {
			select {
			case <-time.After(storeRetry):
			case <-w.closing: // the log has it
				again = false
			}
		}
	}
	clear(batch)
	w.mu.Lock()
	w.spare = batch[:0]
	w.mu.Unlock()
}

// note notes what came of storing a batch.
func (w *copyWriter) note(batch []machine.Result, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err = err; err == nil {
		w.stored = batch[len(batch)-1].Seq
	}
	close(w.changed)
	w.changed = make(chan struct{})
}

// close has what waits be stored, unless that fails. No put may be under way, or follow.
func (w *copyWriter) close() {
	close(w.closing)
	<-w.ended
}

// signal puts an element into c, which has one, if it is empty.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
