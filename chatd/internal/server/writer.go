package server

import (
	"errors"
	"os"
	"runtime/debug"
	"time"

	"linechat/chatd/internal/hub"
)

const (
	writeSize  = 64 << 10               // about how many bytes one write has at most
	patience   = time.Minute            // how long a session may take no byte
	lastWords  = 500 * time.Millisecond // and one that has been ended
	writeChunk = 16 << 10               // how many bytes a write that waits has at most
	retryStore = time.Second            // between tries to catch a member up
)

var (
	// errStalled: the peer has taken no byte for as long as it may.
	errStalled = errors.New("server: the peer does not read")
	// errWait: there is something to wait for, and the writer may not.
	errWait = errors.New("server: this would have to wait")
)

// A writer's state is its session's: one goroutine at a time has it, whoever
// has the duty of writing.
type writer struct {
	members  []*hub.Member // whose rooms' lines are written
	view     hub.ReadOptions
	midway   bool  // inside an answer: no event may be written
	finished bool  // the last line is written
	patient  bool  // it has a goroutine of its own, and so may wait
	turn     *turn // under way, or nil
}

// wake has the session's writer look for what there is to write. It never
// blocks.
func (s *session) wake() {
	if s.writing.claim() {
		s.launch()
	}
}

// flush writes what there is and can be written without waiting, in the
// goroutine of its caller, and leaves the rest to a writer. It is how a room
// wakes its members.
func (s *session) flush() {
	if s.writing.claim() {
		s.writeInPlace()
	}
}

// launch gives the writer, whose duty its caller has, a goroutine of its own.
func (s *session) launch() {
	s.writers.Add(1)
	go s.writeOn()
}

// writeLoop is the writer as a goroutine of its own.
func (s *session) writeLoop() {
	defer s.writers.Done()
	s.out.patient = true
	for s.write() {
	}
}

// turnsInPlace is how many turns of one session another goroutine writes at
// most, before it goes on with its own work.
const turnsInPlace = 4

func (s *session) writeInPlace() {
	s.out.patient = false
	for range turnsInPlace {
		if !s.write() {
			return
		}
		if s.out.turn != nil {
			break
		}
	}
	s.launch()
}

// write goes on with the turn under way, or begins one. It reports whether it
// is to be called again; if not, the writer has gone idle.
func (s *session) write() (again bool) {
	defer func() {
		if p := recover(); p != nil {
			s.log.Error("a defect ended a session", "panic", p, "stack", string(debug.Stack()))
			s.giveUp(internal)
			again = false
		}
	}()
	if s.out.turn == nil {
		s.beginTurn()
	}
	err := s.carryOn(s.out.turn)
	if err == errWait {
		return true
	}
	more := s.endTurn()
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
	case more:
		s.writing.look()
		return true
	}
	return !s.writing.rest()
}

// beginTurn notes which answers are complete, then how far each room has
// published. In the turn the rooms' lines up to there are written, then the
// answers: so a post's line comes before its OK.
func (s *session) beginTurn() {
	t := turns.Get().(*turn)
	s.out.turn = t
	t.inside = s.out.midway
	s.queue.take(t, &s.out)
	for _, m := range s.out.members {
		t.heads = append(t.heads, m.Head())
	}
}

// endTurn carries out what is to be done when the turn is written, and reports
// whether another one is due.
func (s *session) endTurn() (more bool) {
	t := s.out.turn
	if n := len(t.items); n > 0 && t.items[n-1].after != nil { // a turn's last, if any
		t.items[n-1].after()
		s.queue.applied()
	}
	more = t.more
	s.out.turn = nil
	t.reset()
	turns.Put(t)
	return more
}

// carryOn writes a turn up to its end. errWait: it is to be gone on with by a
// writer that may wait.
func (s *session) carryOn(t *turn) error {
	for all := false; !all; {
		var err error
		if all, err = s.gather(t); err != nil {
			return err
		}
		if err := s.transmit(t); err != nil {
			return err
		}
	}
	return nil
}

// gather takes what is to be written next, and reports whether that is all of
// the turn: a page of each room's lines after the other, then the answers.
func (s *session) gather(t *turn) (all bool, err error) {
	if !t.inside {
		for done := 0; done < len(s.out.members); t.next++ {
			if t.size() >= writeSize {
				return false, nil
			}
			i := t.next % len(s.out.members)
			more, err := s.gatherLines(t, s.out.members[i], t.heads[i])
			if err != nil {
				return false, err
			}
			if done++; more {
				done = 0
			}
		}
	}
	t.add(t.answers)
	t.answers = t.answers[:0]
	return true, nil
}

// gatherLines takes one page of a room's lines. Where they have to come from the
// store and it fails, the session waits for it.
func (s *session) gatherLines(t *turn, m *hub.Member, head hub.Position) (more bool, err error) {
	var shared []byte
	var ok bool
	shared, t.buf, more, ok = m.NextLogged(head, &s.out.view, t.buf)
	if ok {
		t.add(shared)
		return more, nil
	}
	if !s.out.patient {
		return false, errWait
	}
	for failed := false; ; failed = true {
		shared, t.buf, more, err = m.Next(s.server.ctx, head, &s.out.view, t.buf)
		if err == nil {
			t.add(shared)
			return more, nil
		}
		if s.why.Load() != nil {
			return false, nil // it has ended: its last lines are left out
		}
		if !failed {
			s.log.Warn("a member cannot be caught up", "room", m.Room().Name().Shown, "err", err)
		}
		if err := s.transmit(t); err != nil {
			return false, err
		}
		sleep(s.ctx, retryStore)
	}
}

// transmit writes what was gathered. Where the peer reads slowly it waits, if
// the writer may, else it returns errWait. errStalled: the peer has taken no byte
// for too long.
func (s *session) transmit(t *turn) error {
	pieces := t.all()
	if len(pieces) == 0 {
		return nil
	}
	n, err := s.conn.writeNow(pieces)
	pieces = t.written(n)
	if err != nil {
		return err
	}
	for ; len(pieces) > 0; pieces = t.written(len(pieces[0])) {
		if !s.out.patient {
			return errWait
		}
		if err := s.transmitSlowly(pieces[0]); err != nil {
			return err
		}
	}
	return nil
}

// transmitSlowly writes b, for as long as the peer takes some of it in the time that it
// has. A write that took nothing is not tried again: once one has timed out,
// crypto/tls fails all that follow.
func (s *session) transmitSlowly(b []byte) error {
	for len(b) > 0 {
		_ = s.conn.SetWriteDeadline(time.Now().Add(patience))
		if s.ctx.Err() != nil { // maybe only since then
			_ = s.conn.SetWriteDeadline(time.Now().Add(lastWords))
		}
		n, err := s.conn.Write(b[:min(len(b), writeChunk)])
		b = b[n:]
		switch {
		case err == nil:
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case n == 0:
			return errStalled
		}
	}
	return nil
}

// giveUp ends the session, and the writing.
func (s *session) giveUp(why *reason) {
	s.end(why)
	s.silence()
}

// silence is the writer's end.
func (s *session) silence() {
	s.writing.close()
	q := &s.queue
	q.mu.Lock()
	q.ended, q.closed = true, true
	q.changed.Broadcast()
	q.mu.Unlock()
}
