package server

import (
	"time"

	"linechat/chatd/proto"
)

// maxSilence is how long a guest may say nothing after HELLO before it gives way to a
// newcomer there is no place for (protocol.md, "How a connection ends").
const maxSilence = time.Minute

// silentGuests are the guests that have said nothing since HELLO, the first of them for
// longest. They are linked by themselves: in a container/list each would take 48 bytes more.
// The zero value is empty. It is guarded by Server.mu.
type silentGuests struct{ first, last *session }

func (g *silentGuests) add(s *session) {
	s.silent, s.before = true, g.last
	*g.after(g.last) = s
	g.last = s
}

// remove removes s, if it is there.
func (g *silentGuests) remove(s *session) {
	if !s.silent {
		return
	}
	*g.after(s.before) = s.next
	if s.next != nil {
		s.next.before = s.before
	} else {
		g.last = s.before
	}
	s.silent, s.before, s.next = false, nil, nil
}

// after returns where the one after s is noted; of nil, the first.
func (g *silentGuests) after(s *session) **session {
	if s == nil {
		return &g.first
	}
	return &s.next
}

// greeted notes that a session has said HELLO to its peer.
func (srv *Server) greeted(s *session) {
	if s.account != 0 || s.role != proto.Guest {
		return
	}
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.silent.add(s)
}

// heard notes that a session's peer has said something.
func (srv *Server) heard(s *session) {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.silent.remove(s)
}

// makeRoom chooses the session that gives way to a newcomer, and which is to be ended. It
// returns nil if none does, or if many that do have not ended yet. The mutex is held.
func (srv *Server) makeRoom() *session {
	s := srv.silent.first
	if s == nil || time.Since(s.since) < maxSilence || srv.refusals.Load() >= MaxRefusals {
		return nil
	}
	srv.silent.remove(s)
	srv.refusals.Add(1) // until it is forgotten
	s.givesWay = true
	return s
}
