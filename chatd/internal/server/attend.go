package server

import (
	"errors"
	"io"
	"runtime/debug"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/hub"
)

// begin greets the peer, and has its input waited for: by the watch, or where the
// connection has no descriptor by a goroutine. Its caller has the duty of reading.
func (s *session) begin() {
	s.greet()
	if s.conn.raw == nil {
		go s.attend(nil)
		return
	}
	s.flush()
	if err := s.beWatched(); err != nil {
		s.log.Error("a session cannot be watched", "err", err)
		s.end(internal)
	}
}

func (s *session) beWatched() error {
	w, failed := s.server.openWatch()
	rested := false
	if failed == nil {
		_ = s.conn.raw.Control(func(fd uintptr) { // fails when something has closed it already
			if rested = s.attending.rest(); rested {
				failed = w.add(int(fd), s.id)
			}
		})
	}
	if !rested {
		go s.attend(nil)
	}
	return failed
}

// rouse has a session that waits for input see that it has ended.
func (s *session) rouse() {
	if s.attending.claim() {
		go s.attend(nil)
	}
}

// attend carries out what has come in, until there is nothing more for now. Its
// caller has the duty of reading. It may be on watch, then sh is its shift.
func (s *session) attend(sh *shift) {
	s.shift, s.commands = sh, 0
	if !s.over {
		why := s.read()
		if why == nil {
			return
		}
		s.finish(why)
	}
	if !s.lingers || s.linger() {
		s.close()
	}
}

// Block implements hub.Blocker: it is called before the reader waits for anything
// but input, for it is not to be on watch then.
func (s *session) Block() {
	if s.shift != nil && !s.shift.relieved {
		s.shift.relieve()
	}
}

// fewRooms is how many rooms are told of a session while the watch is kept.
const fewRooms = 4

// yieldForRooms is called before all rooms that the session is in are told of it.
func (s *session) yieldForRooms() {
	if len(s.joined) > fewRooms {
		s.Block()
	}
}

// ring has a room take the posts that it was handed: on watch when all that has
// come in from other sessions is carried out, too.
func (s *session) ring(room *hub.Room) {
	if s.shift != nil && !s.shift.relieved {
		s.shift.watch.ring(room)
	} else {
		room.Notify()
	}
}

// rest gives the duty of reading back, unless there may be more.
func (s *session) rest() bool {
	sh := s.shift
	s.shift = nil
	if s.attending.rest() {
		return true
	}
	s.shift = sh
	return false
}

// finish is the session's end up to BYE.
func (s *session) finish(why *reason) {
	defer s.cancel()
	s.over = true
	s.end(why)
	why = s.why.Load()
	s.leave(why)
	s.farewell(why)
	s.Block() // the log may be a pipe that nobody reads
	s.log.Info("session ended", "why", why.code, "nick", s.nick.Shown, "peer", s.peer(), "lines", s.lines, "for", time.Since(s.since).Round(time.Millisecond))
}

func (s *session) close() {
	if s.lingering != nil {
		s.lingering.until.Stop()
	}
	_ = s.conn.Close()
	s.server.forget(s)
}

// mostReads is how many reads of one session the watch is kept for at most.
const mostReads = 4

// read carries out what comes in until there is nothing more for now, and then
// returns nil, or the session ends, and then returns why.
func (s *session) read() (why *reason) {
	defer func() {
		if p := recover(); p != nil {
			s.Block()
			s.log.Error("a defect ended a session", "panic", p, "stack", string(debug.Stack()))
			why = internal
		}
	}()
	for reads := 0; ; {
		s.drain()
		err := s.conn.fetch()
		switch {
		case err == nil:
			if reads++; reads > mostReads {
				s.Block() // others are not to wait for all that is to come
			}
			why = s.burst()
		case err == errIdle:
			if s.rest() {
				return nil
			}
		case s.why.Load() != nil:
			return s.why.Load()
		case errors.Is(err, io.EOF):
			s.unfinished()
			return endOfInput
		default:
			return lost
		}
		if why != nil {
			return why
		}
	}
}

// bytesAsLine is how much input without a line's end counts as a line.
const bytesAsLine = 1024

// burst carries out the lines among what has come in. It returns why the
// session ends, or nil.
func (s *session) burst() *reason {
	sc := s.server.scanners.Get(&s.input)
	defer s.server.scanners.Put(sc)
	before, size := s.lines, s.conn.pending()
	for sc.Scan() {
		if why := s.line(sc); why != nil {
			return why
		}
		if s.quits {
			return quit
		}
		if s.full {
			s.drain()
		}
		if why := s.why.Load(); why != nil {
			return why
		}
	}
	s.adoptLineEnd(conn.LF)
	if s.lines == before {
		s.slowDown(1 + size/bytesAsLine) // what holds no line takes time, too
	}
	if !s.begun {
		return foreign(s.input.Partial(), false)
	}
	return nil
}
