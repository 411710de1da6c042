package server

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"time"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/netpoll"
	"linechat/chatd/internal/origin"
	"linechat/chatd/internal/telnet"
	"linechat/chatd/proto"
)

// A closeReason is why a session ended: the code of its BYE line, the why of its LEFT
// lines, and a field of the log (protocol.md, "How a connection ends").
type closeReason struct{ code, text string }

var (
	quit       = &closeReason{"quit", "good-bye"}
	endOfInput = &closeReason{"end-of-input", "good-bye"}
	shutdown   = &closeReason{"shutdown", "the server is stopping; come back in a moment"}
	stalled    = &closeReason{"stalled", "you have read nothing for a minute"}
	replaced   = &closeReason{"replaced", "another connection has taken your nick with its key"}
	ended      = &closeReason{"ended", "this session was ended by a session of your account or by an admin"}
	tooMany    = &closeReason{"too-many", "the server has reached its limit of connections; try again later"}
	gaveWay    = &closeReason{"too-many", "the server has reached its limit of connections, and you have said nothing; connect again when you want to say something"}
	http       = &closeReason{"http", "this is a chat server, not a web server; nc or telnet to this port will do"}
	tls        = &closeReason{"tls", "this port does not speak TLS; connect without it"}
	plain      = &closeReason{"plain", ""} // the listener's, before there is a session
	proxy      = &closeReason{"proxy", "this server takes no PROXY header from your address; its operator names proxies with --proxy"}
	ssh        = &closeReason{"ssh", "this is a chat server, not an SSH server; nc or telnet to this port will do"}
	internal   = &closeReason{"internal", "a defect in the server has ended this session; it has been logged"}
	lost       = &closeReason{"lost", ""} // never written: there is nobody to read it
)

// closeReasons has one of each code but lost, as protocol.md lists them.
var closeReasons = []*closeReason{quit, endOfInput, shutdown, stalled, replaced, ended, tooMany, http, tls, plain, ssh, proxy, internal}

// A session is one connection. Its reader, which is whatever goroutine serves the
// connection, carries out the commands one after the other, and what stands below "the
// reader's" is for it alone; others reach the session by deliver. It is in state INIT
// while it has no current room, else in IN_ROOM.
type session struct {
	server *Server
	id     uint64
	conn   *netpoll.Conn
	since  time.Time
	ctx    context.Context // ends with the session
	cancel context.CancelFunc
	inbox  inbox
	left   chan struct{} // closed when the rooms and the nick are given back
	bytes  atomic.Int64  // that have come

	ignored atomic.Pointer[hub.Ignored] // nil: nobody

	shownRole atomic.Uint32 // the role, for others than the reader

	// Guarded by the server's mutex.
	givesWay     bool // to a newcomer
	silent       bool // it is among the silentGuests
	before, next *session

	// The reader's.
	turn     turn // nil until the first input
	input    conn.LineReader
	out      conn.Outbox
	writer   conn.Writer
	lines    int        // that have come
	commands int        // other than posts, since it began to serve
	begun    bool       // one of the lines was not empty
	quits    bool       // QUIT was carried out
	alone    bool       // one command is all that the connection is for
	role     proto.Role // set by setRole
	settings settings
	limits   *rateLimits    // nil: nothing is used of them
	payer    *origin.Origin // the account at the address, or of a guest the address

	originSum uint64 // what origin returns; 0: it was not asked yet

	nick    proto.Name
	account uint64 // its ID, whose name is the nick; 0: a guest
	rooms   memberships
	shown   atomic.Pointer[hub.Room] // the current room, for a line editor's goroutine
	paste   *paste                   // non-nil: lines are taken for its body
	asking  *string                  // non-nil: the command that takes the next line for its password
	place   *origin.Turn             // that it has for a read; nil: none
}

// A turn is what a session needs of a netpoll.Turn.
type turn interface {
	Block()
	Defer(netpoll.Deferred)
}

func newSession(srv *Server, c net.Conn) *session {
	s := &session{server: srv, id: srv.ids.Add(1), conn: srv.loop.NewConn(c), since: time.Now(), left: make(chan struct{}),
		settings: settings{echo: true, presence: true}}
	s.ctx, s.cancel = context.WithCancel(srv.ctx)
	s.payer = srv.config.Origins.Acquire(s.address())
	conn.Init(&s.out, &s.writer, s.id, s.conn, s, &srv.output)
	s.writer.Options.Ignored = &s.ignored
	s.input.Limit = srv.config.MaxLine
	s.input.Conn = &telnet.Conn{Conn: s.conn, Reply: s.out.Control, AreYouThere: s.areYouThere}
	return s
}

// greet gives the session a nick and says HELLO and the message of the day.
func (s *session) greet() {
	notice := s.takeFirstNick()
	s.out.WriteLine(&proto.Line{Type: proto.HELLO, Protocol: proto.Greeting, Nick: s.nick.Shown, Text: "Type HELP"})
	for _, text := range *s.server.motd.Load() {
		s.out.WriteLine(&proto.Line{Type: proto.NOTICE, Text: text})
	}
	if unwell := s.server.hub.Unwell(); unwell != "" {
		s.out.WriteLine(&proto.Line{Type: proto.NOTICE, Text: unwell})
	}
	if notice != "" {
		s.out.WriteLine(&proto.Line{Type: proto.NOTICE, Text: notice})
	}
	s.out.EndReply()
}

// areYouThere answers AYT (RFC 854).
func (s *session) areYouThere() {
	s.adoptLineEnd(conn.LF)
	s.out.Notice("chatd is here")
}

// abort ends the session's waits for rooms and the store, and shortens those for its peer.
func (s *session) abort() {
	s.cancel()
	s.writer.Abort()
	s.conn.Interrupt()
}

// Context implements conn.Owner.
func (s *session) Context() context.Context { return s.ctx }

// Failed implements conn.Owner.
func (s *session) Failed(err error) {
	defer s.conn.Abort()
	switch {
	case errors.Is(err, conn.ErrStalled):
		s.end(stalled)
	case errors.Is(err, conn.ErrDefect):
		s.end(internal)
	default:
		s.end(lost)
	}
}

// teardown is the session's end up to BYE. It reports whether the peer may not have read
// all that was written.
func (s *session) teardown(why *closeReason) (lingers bool) {
	defer s.cancel()
	if first := s.drainInbox(); first != nil {
		why = first
	}
	if why != quit && why != endOfInput {
		s.abort() // what was sent before these two is still dealt with
	}
	s.leaveAll(why)
	lingers = s.drainAndBye(why)
	s.logEnd(why)
	return lingers
}

// leaveAll gives back the rooms and the nick, when the posts under way are answered.
func (s *session) leaveAll(why *closeReason) {
	s.out.Leave()
	word := why.code
	if why == shutdown {
		word = "" // everyone is leaving
	}
	s.blockForRooms()
	for _, m := range s.rooms.joined {
		m.Leave(s, word)
	}
	s.abandonPaste(context.Canceled)
	s.server.hub.End(s, s.nick, why.code)
	close(s.left)
}

// drainAndBye writes what is left, BYE last, and waits for that. It reports whether to
// wait for the peer as well.
func (s *session) drainAndBye(why *closeReason) bool {
	if why != lost {
		s.out.WriteLine(&proto.Line{Type: proto.BYE, Code: proto.Code(why.code), Text: why.text})
	}
	written := s.writer.Close()
	return written && why != lost && why != endOfInput
}

// maxQuickRooms is how many rooms are told of a session while others wait for its reader.
const maxQuickRooms = 4

// blockForRooms is called before all rooms that the session is in are told of it.
func (s *session) blockForRooms() {
	if len(s.rooms.joined) > maxQuickRooms {
		s.Block()
	}
}

var _ hub.User = (*session)(nil)
