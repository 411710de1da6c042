package server

import (
	"errors"
	"io"
	"runtime/debug"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/hub"
)

// start greets the peer, and has its input waited for: by the watch, or where the
// connection has no descriptor by a goroutine. Its caller has the task of reading.
func (s *session) start() {
	s.greet()
	if s.conn.raw == nil {
		go s.serve(nil)
		return
	}
	s.writer.Flush()
	if err := s.register(); err != nil {
		s.server.config.Log.Error("a session cannot be watched", "err", err)
		s.end(internal)
	}
}

func (s *session) register() error {
	w, failed := s.server.openWatch()
	rested := false
	if failed == nil {
		_ = s.conn.raw.Control(func(fd uintptr) { // fails when something has closed it already
			if rested = s.reading.rest(); rested {
				failed = w.add(int(fd), s.id)
			}
		})
	}
	if !rested {
		go s.serve(nil)
	}
	return failed
}

// wakeReader has a session that waits for input see what has come into its inbox.
func (s *session) wakeReader() {
	if s.reading.claim() {
		go s.serve(nil)
	}
}

// serve carries out what has come in, until there is nothing more for now. Its
// caller has the task of reading. It may be on watch, then sh is its shift.
func (s *session) serve(sh *shift) {
	s.shift, s.commands = sh, 0
	if !s.ended {
		why := s.read()
		if why == nil {
			return
		}
		s.teardown(why)
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

// notify has a room take the posts that it was handed: on watch when all that has
// come in from other sessions is carried out, too.
func (s *session) notify(room *hub.Room) {
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
	if s.reading.rest() {
		return true
	}
	s.shift = sh
	return false
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
func (s *session) read() (why *closeReason) {
	defer func() {
		if p := recover(); p != nil {
			s.Block()
			s.server.config.Log.Error("a defect ended a session", "panic", p, "stack", string(debug.Stack()))
			why = internal
		}
	}()
	for reads := 0; ; {
		s.out.FlushAndWait()
		err := s.conn.fetch()
		switch {
		case err == nil:
			if reads++; reads > mostReads {
				s.Block() // others are not to wait for all that is to come
			}
			why = s.execBuffered()
		case err == errIdle:
			if s.rest() {
				return nil
			}
		default:
			return s.inputEnded(err)
		}
		if why != nil {
			return why
		}
	}
}

// inputEnded returns why the session ends when its input cannot be read any further.
func (s *session) inputEnded(err error) *closeReason {
	if why := s.drainInbox(); why != nil {
		return why
	}
	if errors.Is(err, io.EOF) {
		s.replyUnfinished()
		return endOfInput
	}
	return lost
}

// execBuffered carries out the lines among what has come in. It returns why the
// session ends, or nil.
func (s *session) execBuffered() *closeReason {
	sc := s.server.scanners.Get(&s.input)
	defer s.server.scanners.Put(sc)
	before, size := s.lines, s.conn.pending()
	for sc.Scan() {
		if why := s.execLine(sc); why != nil {
			return why
		}
		if s.quits {
			return quit
		}
		if s.out.Backpressured() {
			s.out.FlushAndWait()
		}
		if why := s.drainInbox(); why != nil {
			return why
		}
	}
	s.adoptLineEnd(conn.LF)
	if s.lines == before {
		s.throttle(1 + size/bytesAsLine) // what holds no line takes time, too
	}
	if !s.begun {
		return sniff(s.input.Partial(), false)
	}
	return nil
}
