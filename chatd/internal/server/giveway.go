package server

import (
	"container/list"
	"time"

	"linechat/chatd/proto"
)

// maxSilence is how long a guest may say nothing after HELLO before it gives way to a
// newcomer there is no place for (protocol.md, "How a connection ends").
const maxSilence = time.Minute

// silentGuests are the guests that have said nothing since HELLO, the first of them for
// longest. The zero value is empty. It is guarded by Server.mu.
type silentGuests struct{ list list.List }

func (g *silentGuests) add(s *session) { s.silent = g.list.PushBack(s) }

// remove removes s, if it is there.
func (g *silentGuests) remove(s *session) {
	if s.silent != nil {
		g.list.Remove(s.silent)
		s.silent = nil
	}
}

// first returns the one that has been silent for longest, if that is too long, or nil.
func (g *silentGuests) first() *session {
	if front := g.list.Front(); front != nil {
		if s := front.Value.(*session); time.Since(s.since) >= maxSilence {
			return s
		}
	}
	return nil
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
	s := srv.silent.first()
	if s == nil || srv.refusals.Load() >= MaxRefusals {
		return nil
	}
	srv.silent.remove(s)
	srv.refusals.Add(1) // until it is forgotten
	s.givesWay = true
	return s
}
