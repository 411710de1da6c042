package server

import (
	"errors"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"linechat/chatd/internal/hub"
)

// A session's writer exists only while there is something to write: whoever
// finds it idle starts it.
const (
	idle   int32 = iota
	busy         // somebody is writing
	dirty        // and there is something new, so look once more
	closed       // nothing is written any more
)

const (
	smallWrite = 8 << 10                // pieces up to this size are joined into one write
	patience   = time.Minute            // how long a session may take no byte
	lastWords  = 500 * time.Millisecond // and one that has been ended
	slice      = 10 * time.Second       // how often a write that waits looks at these
	retryStore = time.Second            // between tries to catch a member up
)

// errStalled: the peer has taken no byte for as long as it may.
var errStalled = errors.New("server: the peer does not read")

// A writer's state is its session's: one goroutine at a time has it, whoever
// moved the session's duty from idle to busy.
type writer struct {
	members  []*hub.Member // whose rooms' lines are written
	view     hub.View
	midway   bool   // inside an answer: no event may be written
	finished bool   // the last line is written
	noted    []item // of the turn under way
}

// A turn is the memory of one turn of writing. It is pooled.
type turn struct {
	items   []item
	heads   []hub.Mark // by member: how far its room's lines are to be written
	buf     []byte     // what is to be written next
	answers []byte     // and last
	more    bool       // another turn is due: further answers or lines are ready
}

var turns = sync.Pool{New: func() any { return new(turn) }}

// reset readies t for the pool, which keeps no large buffers.
func (t *turn) reset() {
	clear(t.items)
	t.items, t.buf, t.answers, t.more = t.items[:0], small(t.buf), small(t.answers), false
}

func small(b []byte) []byte {
	if cap(b) > 2*hub.PageSize {
		return nil
	}
	return b[:0]
}

// wake has the session's writer look for what there is to write. It never
// blocks. Rooms call it for each member and batch.
func (s *session) wake() {
	for {
		switch {
		case s.duty.CompareAndSwap(idle, busy):
			s.writers.Add(1)
			go s.writeOn()
			return
		case s.duty.CompareAndSwap(busy, dirty):
			return
		case s.duty.Load() >= dirty:
			return
		}
	}
}

// flush writes, in the session's reader, what there is now; but if that goes on
// it leaves it to a writer.
func (s *session) flush() {
	if !s.duty.CompareAndSwap(idle, busy) {
		s.wake()
		return
	}
	if s.write() {
		s.writers.Add(1)
		go s.writeOn()
	}
}

// writeLoop is the writer as a goroutine of its own.
func (s *session) writeLoop() {
	defer s.writers.Done()
	for s.write() {
	}
}

// write is one turn. It reports whether another one is due; if not, the writer
// has gone idle.
func (s *session) write() (again bool) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a defect ended a session", "panic", p, "stack", string(debug.Stack()))
			s.giveUp(internal)
			again = false
		}
	}()
	t := turns.Get().(*turn)
	err := s.takeTurn(t)
	if n := len(t.items); n > 0 && t.items[n-1].after != nil { // a turn's last, if any
		t.items[n-1].after()
		s.queue.applied()
	}
	more := t.more
	s.out.noted = nil
	t.reset()
	turns.Put(t)
	switch {
	case errors.Is(err, errStalled):
		s.giveUp(stalled)
		return false
	case err != nil:
		s.giveUp(lost)
		return false
	case s.out.finished:
		s.silence()
		return false
	case !more && s.duty.CompareAndSwap(busy, idle):
		return false
	}
	s.duty.Store(busy)
	return true
}

// takeTurn notes which answers are complete, then loads how far each room has
// published, then writes the rooms' lines up to there, then the answers: so a
// post's line comes before its OK.
func (s *session) takeTurn(t *turn) error {
	inside := s.out.midway
	s.queue.take(t, &s.out)
	if !inside {
		if err := s.writeRooms(t); err != nil {
			return err
		}
	}
	if err := s.emit(t, t.answers); err != nil {
		return err
	}
	return s.send(t)
}

// writeRooms writes what the rooms have published, a page of each in turn.
func (s *session) writeRooms(t *turn) error {
	t.heads = t.heads[:0]
	for _, m := range s.out.members {
		t.heads = append(t.heads, m.Head())
	}
	for more := true; more; {
		more = false
		for i, m := range s.out.members {
			again, err := s.writeRoom(t, m, t.heads[i])
			if err != nil {
				return err
			}
			more = more || again
		}
	}
	return nil
}

// writeRoom writes one page of a room's lines. Where they have to come from the
// store and it fails, the session waits for it.
func (s *session) writeRoom(t *turn, m *hub.Member, head hub.Mark) (more bool, err error) {
	for failed := false; ; failed = true {
		var shared []byte
		shared, t.buf, more, err = m.Next(s.server.ctx, head, &s.out.view, t.buf)
		if err == nil {
			return more, s.emit(t, shared)
		}
		if s.why.Load() != nil {
			return false, nil // it has ended: its last lines are left out
		}
		if !failed {
			s.log.Warn("a member cannot be caught up", "room", m.Room().Name().Shown, "err", err)
		}
		if err := s.send(t); err != nil {
			return false, err
		}
		sleep(s.ctx, retryStore)
	}
}

// emit writes b, or puts it aside to be written together with what follows.
func (s *session) emit(t *turn, b []byte) error {
	if len(t.buf)+len(b) > smallWrite {
		if err := s.send(t); err != nil {
			return err
		}
	}
	if len(b) > smallWrite {
		return s.transmit(b)
	}
	t.buf = append(t.buf, b...)
	return nil
}

// send writes what was put aside.
func (s *session) send(t *turn) error {
	err := s.transmit(t.buf)
	t.buf = t.buf[:0]
	return err
}

// transmit writes b. It waits for a peer that reads slowly; errStalled: it has
// taken no byte for too long.
func (s *session) transmit(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	n, err := s.conn.writeNow(b)
	if n == len(b) || err != nil {
		return err
	}
	return s.transmitSlowly(b[n:])
}

func (s *session) transmitSlowly(b []byte) error {
	defer s.conn.SetWriteDeadline(time.Time{})
	for taken := time.Now(); len(b) > 0; {
		left := min(s.patience()-time.Since(taken), slice)
		if left <= 0 {
			return errStalled
		}
		_ = s.conn.SetWriteDeadline(time.Now().Add(left))
		if left > lastWords && s.ctx.Err() != nil {
			continue // it has ended in between, and patience is shorter now
		}
		n, err := s.conn.Write(b)
		if b = b[n:]; n > 0 {
			taken = time.Now()
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return nil
}

func (s *session) patience() time.Duration {
	if s.ctx.Err() != nil {
		return lastWords
	}
	return patience
}

// giveUp ends the session, and the writing.
func (s *session) giveUp(why *reason) {
	s.end(why)
	s.silence()
}

// silence is the writer's end.
func (s *session) silence() {
	s.duty.Store(closed)
	q := &s.queue
	q.mu.Lock()
	q.ended, q.closed = true, true
	q.changed.Broadcast()
	q.mu.Unlock()
}
