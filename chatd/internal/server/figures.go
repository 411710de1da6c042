package server

import (
	"time"

	"linechat/chatd/proto"
)

// Figures are what a Server has counted, and how many sessions it has now.
type Figures struct {
	Uptime         time.Duration
	Sessions       map[Kind]int
	MaxConnections int
	Traffic        Traffic // of all sessions, ended or not
	SlowReaders    int64   // sessions whose writers wait for their peers
	CaughtUp       int64   // pages that were read from the store for sessions that were behind
	Slowed         int64   // sessions whose input waits because it came above the rates
	Waiting        int     // reads and searches that wait for their turn
	Origins        int     // that are remembered
}

// A Kind of session is how it came in, as listener.Identity says, and who it is.
type Kind struct {
	Door string
	Role proto.Role
}

// A Traffic is what has come from sessions and gone to them.
type Traffic struct{ BytesIn, BytesOut int64 }

func (t *Traffic) add(s *session) {
	t.BytesIn += s.bytes.Load()
	t.BytesOut += s.writer.Written.Load()
}

// Figures returns what the server has counted. Any goroutine may call it.
func (srv *Server) Figures() Figures {
	f := Figures{Uptime: time.Since(srv.started), Sessions: map[Kind]int{}, MaxConnections: srv.config.MaxConnections,
		SlowReaders: srv.output.Waiting.Load(), CaughtUp: srv.output.CaughtUp.Load(), Slowed: srv.slowed.Load(),
		Waiting: srv.reads.Waiting() + srv.searches.Waiting(), Origins: srv.config.Origins.Len()}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	f.Traffic = srv.ended
	for _, s := range srv.sessions {
		f.Sessions[Kind{s.identity().Door, proto.Role(s.shownRole.Load())}]++
		f.Traffic.add(s)
	}
	return f
}
