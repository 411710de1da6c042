package conn

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/netpoll"
	"linechat/chatd/proto"
)

// Errors that Owner.Failed is called with; any other is that of a write.
var (
	// ErrStalled: the peer has taken no byte for as long as it may.
	ErrStalled = errors.New("conn: the peer does not read")
	// ErrDefect: the writer has panicked, which is logged.
	ErrDefect = errors.New("conn: a defect in the writer")
)

// errWouldBlock: there is something to wait for, and the writer may not.
var errWouldBlock = errors.New("conn: this would have to wait")

// An Owner is the session that an Outbox and its Writer belong to.
type Owner interface {
	// Block is called before the session's reader waits.
	hub.Blocker
	// Context ends when the peer is to be waited for no longer than ByeTimeout.
	Context() context.Context
	// ErrorLine returns the line that tells the client of the error of a post; about is the
	// room.
	ErrorLine(verb string, err error, about string) proto.Line
	// Failed is called, by whatever goroutine writes, when nothing can be written any more.
	// It must not wait.
	Failed(err error)
}

// Config is what the sessions of a server share. Its fields have no defaults, but for Short,
// and are not to be changed once a Writer has it.
type Config struct {
	Store context.Context // for reading the store; ends when sessions are cut off
	Log   *slog.Logger
	Short func() bool // whether memory is short, so that less may wait to be written; nil: never

	Waiting  atomic.Int64 // writers that wait for their peers to read, at the moment
	CaughtUp atomic.Int64 // pages of the store that writers have read for slow readers

	batches sync.Pool // of *flushBatch
}

// A Writer writes what waits in an Outbox, and the lines of the rooms that the session is
// a member of. One goroutine at a time does: whoever calls Flush, or one of the writer's own
// as long as there is something that cannot be written at once. Flush, Wake and Abort
// may be called from any goroutine; Join, Leave and Options are for functions that the
// Outbox has called when a slot is written; Close is for the session's reader.
type Writer struct {
	Options hub.ReadOptions // how the rooms' lines are written
	Written atomic.Int64    // bytes

	owner   Owner
	config  *Config
	conn    *netpoll.Conn
	outbox  *Outbox
	task    netpoll.Task
	running sync.WaitGroup // goroutines of its own
	loop    func()         // writeLoop, made once, so that waking allocates nothing
	closing atomic.Bool    // lines that cannot be read now are left out

	// Of the goroutine that has the task.
	members  []*hub.Member // whose rooms' lines are written
	midReply bool          // inside a reply: no event may be written
	finished bool          // the last line is written
	blocking bool          // it has a goroutine of its own, and so may wait
	batch    *flushBatch   // under way, or nil
}

// Init readies a zero Outbox for what the session of that number has to say to c, and a
// zero Writer that writes it.
func Init(o *Outbox, w *Writer, session uint64, c *netpoll.Conn, owner Owner, config *Config) {
	o.writer = w
	w.owner, w.config, w.conn, w.outbox = owner, config, c, o
	w.Options = hub.ReadOptions{Session: session, Own: w.owns}
	w.loop = w.writeLoop
}

// Join adds a member: the lines of its room are written from here on.
func (w *Writer) Join(m *hub.Member) { w.members = append(w.members, m) }

// Leave removes a member, and releases its room.
func (w *Writer) Leave(m *hub.Member) {
	w.members = slices.DeleteFunc(w.members, func(other *hub.Member) bool { return other == m })
	m.Room().Release()
}

// Wake tells the writer that there is something to write. A goroutine of the writer's own
// writes it. Wake never blocks.
func (w *Writer) Wake() {
	if w.task.TryRun() {
		w.launch()
	}
}

// Flush writes what can be written without waiting, in the goroutine of its caller, and
// leaves the rest to one of the writer's own. It is how a room wakes its members.
func (w *Writer) Flush() {
	if w.task.TryRun() {
		w.writeInPlace()
	}
}

// launch runs the task, which its caller has, in a goroutine of the writer's own. Close
// waits for it.
func (w *Writer) launch() {
	w.running.Add(1)
	go w.loop()
}

func (w *Writer) writeLoop() {
	defer w.running.Done()
	w.blocking = true
	for w.write() {
	}
}

// maxInPlace is how many batches of one session another goroutine writes at most, before
// it goes on with its own work.
const maxInPlace = 4

func (w *Writer) writeInPlace() {
	w.blocking = false
	for range maxInPlace {
		if !w.write() {
			return
		}
		if w.batch != nil {
			break
		}
	}
	w.launch()
}

// write continues the batch under way, or begins one. It reports whether to call it again;
// if not, the task is idle or closed.
func (w *Writer) write() (again bool) {
	defer func() {
		if p := recover(); p != nil {
			w.config.Log.Error("a defect ended a session", "panic", p, "stack", string(debug.Stack()))
			w.fail(ErrDefect)
			again = false
		}
	}()
	if w.batch == nil {
		w.beginBatch()
	}
	err := w.writeBatch(w.batch)
	if err == errWouldBlock {
		return true
	}
	more := w.endBatch()
	switch {
	case err != nil:
		w.fail(err)
		return false
	case w.finished:
		w.closeOutbox()
		return false
	case more:
		w.task.ClearNotified()
		return true
	}
	return !w.task.Park()
}

// beginBatch notes which replies are complete, then how far each room has published. Of
// the batch the rooms' lines up to there are written first, then the replies: so a post's
// line comes before its OK.
func (w *Writer) beginBatch() {
	b, _ := w.config.batches.Get().(*flushBatch)
	if b == nil {
		b = new(flushBatch)
	}
	w.batch = b
	b.midReply = w.midReply
	text := w.outbox.take(b, w.Options.Form)
	w.midReply = b.endsMidReply()
	b.addReplies(text)
	for _, m := range w.members {
		b.limits = append(b.limits, m.Head())
	}
}

// endBatch calls the onWritten of a batch that is written, and returns the batch to its
// pool. It reports whether another one is due.
func (w *Writer) endBatch() (more bool) {
	b := w.batch
	if n := len(b.slots); n > 0 && b.slots[n-1].onWritten != nil { // a batch's last, if any
		b.slots[n-1].onWritten()
		w.outbox.update(func() { w.outbox.barriers-- })
	}
	more = b.more
	w.batch = nil
	b.reset()
	w.config.batches.Put(b)
	return more
}

// writeBatch writes a batch to its end. errWouldBlock: a writer that may wait has to
// continue it.
func (w *Writer) writeBatch(b *flushBatch) error {
	for all := false; !all; {
		var err error
		if all, err = w.gather(b); err != nil {
			return err
		}
		if err := w.transmit(b); err != nil {
			return err
		}
	}
	return nil
}

// gather takes what is to be written next, and reports whether that is all of the batch: a
// page of each room's lines after the other, then the replies.
func (w *Writer) gather(b *flushBatch) (all bool, err error) {
	if !b.midReply {
		for done := 0; done < len(w.members); b.next++ {
			if b.size() >= writeSize {
				return false, nil
			}
			i := b.next % len(w.members)
			more, err := w.gatherLines(b, w.members[i], b.limits[i])
			if err != nil {
				return false, err
			}
			if done++; more {
				done = 0
			}
		}
	}
	b.add(b.replies)
	b.replies = b.replies[:0]
	return true, nil
}

// gatherLines takes one page of a room's lines. Where they have to come from the store and
// it fails, the session waits for it.
func (w *Writer) gatherLines(b *flushBatch, m *hub.Member, limit hub.Position) (more bool, err error) {
	var shared []byte
	var ok bool
	shared, b.buf, more, ok = m.NextLogged(limit, &w.Options, b.buf)
	if ok {
		b.add(shared)
		return more, nil
	}
	if !w.blocking {
		return false, errWouldBlock
	}
	for failed := false; ; failed = true {
		shared, b.buf, more, err = m.Next(w.config.Store, limit, &w.Options, b.buf)
		if err == nil {
			w.config.CaughtUp.Add(1)
			b.add(shared)
			return more, nil
		}
		if w.closing.Load() {
			return false, nil
		}
		if !failed {
			w.config.Log.Warn("a member cannot be caught up", "room", m.Room().Name().Shown, "err", err)
		}
		if err := w.transmit(b); err != nil {
			return false, err
		}
		sleep(w.owner.Context(), retryStore)
	}
}

// retryStore is the time between tries to read the lines of a member that is behind.
const retryStore = time.Second

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// owns reports whether a post read from the store is one of the session's own whose reply
// is not written yet. The store's reader asks, in the writer's goroutine.
func (w *Writer) owns(room *hub.Room, stored *history.Post) bool {
	return ownAmong(w.batch.slots, room, stored) || w.outbox.owns(room, stored)
}

// fail ends the writing because of err.
func (w *Writer) fail(err error) {
	w.owner.Failed(err)
	w.closeOutbox()
}

// closeOutbox closes the outbox: nothing more is written, and nobody waits for it.
func (w *Writer) closeOutbox() {
	w.task.Close()
	o := w.outbox
	o.update(func() { o.aborted, o.closed = true, true })
}

// Abort ends the reader's wait for the peer, and has the writer wait no longer than
// ByeTimeout. Owner.Context must have ended before.
func (w *Writer) Abort() {
	_ = w.conn.SetWriteDeadline(time.Now().Add(ByeTimeout))
	w.outbox.update(func() { w.outbox.aborted = true })
}

// Close returns when all that waits is written, or cannot be. Nothing may be added any
// more. It reports whether all was written, and releases the rooms either way.
func (w *Writer) Close() (written bool) {
	w.closing.Store(true)
	o := w.outbox
	o.EndReplyThen(func() { w.finished = true })
	w.Flush()
	o.await(func() bool { return o.closed })
	w.running.Wait()
	written = w.finished
	for i := range o.slots { // those of a writer that failed
		if f := o.slots[i].onWritten; f != nil {
			f()
		}
	}
	for _, m := range w.members {
		m.Room().Release()
	}
	return written
}
