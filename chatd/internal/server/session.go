package server

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/telnet"
	"linechat/chatd/proto"
)

// A reason is why a session ended: the code of its BYE line, the why of its
// LEFT lines, and a field of the log (protocol.md, "How a connection ends").
type reason struct{ code, text string }

var (
	quit       = &reason{"quit", "good-bye"}
	endOfInput = &reason{"end-of-input", "good-bye"}
	shutdown   = &reason{"shutdown", "the server is stopping; come back in a moment"}
	stalled    = &reason{"stalled", "nothing was read for a minute"}
	replaced   = &reason{"replaced", "another connection has taken your nick with its key"}
	tooMany    = &reason{"too-many", "the server has as many connections as it may; try again later"}
	http       = &reason{"http", "this is a chat server, not a web server; nc or telnet to this port will do"}
	tls        = &reason{"tls", "this port is without TLS; connect in the clear"}
	ssh        = &reason{"ssh", "this is a chat server, not an SSH server; nc or telnet to this port will do"}
	internal   = &reason{"internal", "a defect in the server has ended this session; it has been logged"}
	lost       = &reason{"lost", ""} // never written: there is nobody to read it
)

// reasons is all of them but lost, as protocol.md lists them.
var reasons = []*reason{quit, endOfInput, shutdown, stalled, replaced, tooMany, http, tls, ssh, internal}

// A session is one connection. Its reader carries out the commands one after the
// other; its writer writes answers and rooms' lines. Each is whatever goroutine
// has that duty: an idle session has none. It is in state INIT while current is
// nil, else in IN_ROOM.
type session struct {
	server *Server
	id     uint64
	conn   *source
	since  time.Time
	log    *slog.Logger
	ctx    context.Context // ends with the session
	cancel context.CancelFunc
	why    atomic.Pointer[reason]
	left   chan struct{} // closed when rooms and nick are given back

	// The reader's.
	attending duty
	shift     *shift // non-nil: the reader is on watch, or was when it began
	input     conn.LineReader
	lines     int  // that have come
	commands  int  // other than posts, since it began to attend
	begun     bool // one of them was not empty
	quits     bool // QUIT was carried out
	nick      proto.Name
	role      proto.Role
	current   *hub.Member
	joined    []*hub.Member // in the order of joining
	form      proto.Form    // of the answers
	reading   proto.Reading
	echo      bool
	others    bool
	paste     *paste     // non-nil: lines are taken for its body
	full      bool       // so much waits to be written that input is to wait
	over      bool       // finish was called
	lingers   bool       // and then the connection is read on
	lingering *lingering // non-nil: it is
	pace      pace

	// Shared by reader and writer.
	queue   queue
	writing duty
	writers sync.WaitGroup
	flusher func() // flush, and
	writeOn func() // writeLoop, made once, so that waking allocates nothing

	out writer
}

func newSession(srv *Server, c net.Conn) *session {
	s := &session{server: srv, id: srv.ids.Add(1), conn: newSource(c), since: time.Now(), left: make(chan struct{}), echo: true, others: true}
	s.log = srv.config.Log
	s.ctx, s.cancel = context.WithCancel(srv.ctx)
	s.queue.changed.L = &s.queue.mu
	s.flusher, s.writeOn = s.flush, s.writeLoop
	s.out.view = hub.ReadOptions{Session: s.id, Own: s.owns}
	s.input.Limit = srv.config.MaxLine
	s.input.Conn = &telnet.Conn{Conn: s.conn, Reply: s.reply, AreYouThere: s.areYouThere}
	return s
}

func (s *session) peer() string {
	if tcp, ok := s.conn.RemoteAddr().(*net.TCPAddr); ok {
		return tcp.String()
	}
	return "local" // a Unix socket has no name for it
}

// greet gives the session a nick and says HELLO and the message of the day.
func (s *session) greet() {
	for s.nick.Fold == "" {
		name := guestName()
		if rival, err := s.server.hub.Users.Claim(s, proto.Name{}, name, ""); rival == nil && err == nil {
			s.nick = name
		}
	}
	s.say(&proto.Line{Type: proto.HELLO, Protocol: proto.Greeting, Nick: s.nick.Shown, Text: "Type HELP"})
	for _, text := range *s.server.motd.Load() {
		s.say(&proto.Line{Type: proto.NOTICE, Text: text})
	}
	s.push(item{})
}

// areYouThere answers AYT (RFC 854).
func (s *session) areYouThere() {
	s.adoptLineEnd(conn.LF)
	s.notice("chatd is here")
}

// end has the session end, for the first reason that is given. After QUIT and at
// the end of input all that was sent before is still dealt with.
func (s *session) end(why *reason) {
	if s.why.CompareAndSwap(nil, why) && why != quit && why != endOfInput {
		s.hurry()
	}
}

// hurry has a session that has ended wait no more, or not long, for its peer.
func (s *session) hurry() {
	s.cancel()
	s.conn.interrupt()
	_ = s.conn.SetWriteDeadline(time.Now().Add(lastWords))
	q := &s.queue
	q.mu.Lock()
	q.ended = true
	q.changed.Broadcast()
	q.mu.Unlock()
	s.rouse()
}

// Replace implements hub.User.
func (s *session) Replace() <-chan struct{} {
	s.end(replaced)
	return s.left
}

// leave gives back rooms and nick, when the posts under way are answered.
func (s *session) leave(why *reason) {
	s.awaitAnswers()
	word := why.code
	if why == shutdown {
		word = "" // everyone is leaving
	}
	s.yieldForRooms()
	for _, m := range s.joined {
		m.Leave(s, word)
	}
	s.abandonPaste(context.Canceled)
	s.queue.mu.Lock()
	s.queue.left = true
	s.queue.mu.Unlock()
	s.server.hub.Users.Release(s.nick)
	close(s.left)
}

// farewell has what is left written, BYE last, and waits for that.
func (s *session) farewell(why *reason) {
	if why != lost {
		s.say(&proto.Line{Type: proto.BYE, Code: proto.Code(why.code), Text: why.text})
	}
	s.push(item{after: func() { s.out.finished = true }})
	s.flush()
	s.awaitSilence()
	s.writers.Wait()
	for i := range s.queue.items { // those of a writer that failed
		if after := s.queue.items[i].after; after != nil {
			after()
		}
	}
	for _, m := range s.out.members {
		m.Room().Release()
	}
	s.lingers = s.out.finished && why != lost && why != endOfInput
}
