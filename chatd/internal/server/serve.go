package server

import (
	"errors"
	"io"
	"runtime/debug"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/netpoll"
)

// start greets the peer, and has its input served.
func (s *session) start() {
	id := s.identity()
	s.alone = id.Command
	if id.Terminal {
		s.beginTalk()
	}
	s.greet()
	s.writer.Flush()
	s.server.greeted(s)
	s.server.loop.Start(s.conn, s.serve)
}

// serve carries out what has come in, until there is nothing more for now.
func (s *session) serve(t *netpoll.Turn) {
	s.turn, s.commands = t, 0
	why := s.read()
	if why == nil {
		return
	}
	if s.teardown(why) {
		s.conn.CloseLingering(s.forget)
		return
	}
	_ = s.conn.Close()
	s.forget()
}

func (s *session) forget() { s.server.forget(s) }

// Block implements hub.Blocker: it is called before the reader waits for anything
// but input, so that other sessions are served meanwhile.
func (s *session) Block() {
	s.endTurn()
	if s.turn != nil {
		s.turn.Block()
	}
}

// maxReads is how many reads of one session others wait for at most.
const maxReads = 4

// read carries out what comes in until there is nothing more for now, and then
// returns nil, or the session ends, and then returns why.
func (s *session) read() (why *closeReason) {
	defer func() {
		if p := recover(); p != nil {
			s.server.config.Log.Error("a defect ended a session", "panic", p, "stack", string(debug.Stack()))
			why = internal
		}
	}()
	for reads := 0; ; {
		if why = s.drainInbox(); why != nil {
			return why
		}
		s.out.FlushAndWait()
		switch err := s.conn.Fill(); {
		case err == netpoll.ErrWouldBlock:
			return nil
		case err != nil:
			return s.inputEnded(err)
		}
		s.bytes.Add(int64(s.conn.Buffered()))
		if reads++; reads > maxReads {
			s.Block() // others are not to wait for all that is to come
		}
		if why = s.execBuffered(); why != nil {
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
	before, size := s.lines, s.conn.Buffered()
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
	s.throttle(s.input.Conn.Commands(commandsAsLine))
	if !s.begun {
		return sniff(s.input.Partial(), false)
	}
	return nil
}
