package jetstream

import (
	"context"
	"errors"
	"sync"
	"time"

	"linechat/chatd/internal/backplane"
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
// there. Whoever reads the copy waits for what was told before, with settle, which says why where
// that cannot be stored.
type copyWriter struct {
	copy     Copy
	closing  chan struct{} // closed by close
	ended    chan struct{} // closed when run has returned
	some     chan struct{} // has an element when something may be waiting
	wanted   chan struct{} // has an element when what waits is to be stored at once
	disagree chan error    // has machine.ErrDisagrees once the copy has said so

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
		copy: copy, last: applied, stored: applied, changed: make(chan struct{}), disagree: make(chan error, 1),
		closing: make(chan struct{}), ended: make(chan struct{}), some: make(chan struct{}, 1), wanted: make(chan struct{}, 1),
	}
}

// errBusy says that much waits to be stored already.
var errBusy = errors.New("it takes long")

// put has what came of records of so many bytes be stored. After an error it is not; the next
// call may be with the same results, after errBusy once changed is closed.
func (w *copyWriter) put(results []machine.Result, size int) (changed <-chan struct{}, err error) {
	ready := w.copy.Ready()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case errors.Is(w.err, machine.ErrDisagrees) || ready == nil && w.err != nil:
		return nil, w.err
	case ready != nil:
		return nil, ready
	case w.much():
		return w.changed, errBusy
	}
	w.waiting = append(w.waiting, results...)
	w.size += size
	w.last = results[len(results)-1].Seq
	signal(w.some)
	if w.much() {
		signal(w.wanted)
	}
	return nil, nil
}

func (w *copyWriter) much() bool { return len(w.waiting) >= storeCount || w.size >= storeBytes }

// settle returns once the copy has stored what was put, or cannot: then with an error, which is
// machine.ErrDisagrees where it never will.
func (w *copyWriter) settle(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for last := w.last; w.stored < last; {
		if w.err != nil {
			return w.err
		}
		if err := w.await(ctx); err != nil {
			return err
		}
	}
	return nil
}

// await has what waits be stored at once, and waits until something has changed, or run has
// returned, or ctx is done: then it returns why. Its caller holds mu.
func (w *copyWriter) await(ctx context.Context) error {
	changed := w.changed
	w.mu.Unlock()
	defer w.mu.Lock()
	signal(w.wanted)
	select {
	case <-changed:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// position returns the position of the last record that the copy has.
func (w *copyWriter) position() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stored
}

// run is the copyWriter's goroutine. It ends with close, or where nothing more can be stored.
func (w *copyWriter) run() {
	defer w.end()
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
		if !w.store() {
			return
		}
	}
}

// end has nobody wait for what is not stored any more.
func (w *copyWriter) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil && w.stored < w.last {
		w.err = backplane.ErrStopped
	}
	close(w.changed)
	w.changed = make(chan struct{})
	close(w.ended)
}

// store has the copy store what waits, and tries until it does. It reports false if that was
// given up, for what follows cannot be stored then.
func (w *copyWriter) store() bool {
	w.mu.Lock()
	batch := w.waiting
	w.waiting, w.spare, w.size = w.spare[:0], nil, 0
	w.mu.Unlock()
	for stored := len(batch) == 0; !stored; {
		err := w.copy.Apply(batch)
		w.note(batch, err)
		if errors.Is(err, machine.ErrDisagrees) {
			w.disagree <- err
			return false
		}
		if stored = err == nil; !stored {
			select {
			case <-time.After(storeRetry):
			case <-w.closing: // the log has it
				return false
			}
		}
	}
	clear(batch)
	w.mu.Lock()
	w.spare = batch[:0]
	w.mu.Unlock()
	return true
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
