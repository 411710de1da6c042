package server

import (
	"runtime"

	"linechat/chatd/internal/origin"
)

// Places for reads (protocol.md, "Who pays"). There is one for each two processors, so that who
// posts finds one that is free, but at least two: a read, which is short, may wait for the disk, and
// another one goes on meanwhile. So on two or three processors reads may take two, and posts come
// first only because reads that have not begun wait for them. Of searches there are at most as
// many as the store has connections for.
const (
	minReads    = 2
	maxSearches = 2
)

// shareOut makes the places for reads.
func (srv *Server) shareOut() {
	half := runtime.GOMAXPROCS(0) / 2
	srv.reads = origin.NewTurns(max(half, minReads), srv.hub)
	srv.searches = origin.NewTurns(min(max(half, 1), maxSearches), srv.hub)
	srv.hub.OnPostsTaken(func() {
		srv.reads.PostsTaken()
		srv.searches.PostsTaken()
	})
}

// inTurn calls read when it is the turn of the session's origin, and returns its error. What
// read does must be bounded: who has a long answer to give calls inTurn for each part of it.
// The turn ends early where read waits for the session's own peer.
func (s *session) inTurn(turns *origin.Turns, read func() error) error {
	s.Block()
	place, err := turns.Begin(s.ctx, s.payer)
	if err != nil {
		return err
	}
	s.place = place
	defer s.endTurn()
	return read()
}

// endTurn ends the session's turn, if it has one.
func (s *session) endTurn() {
	if place := s.place; place != nil {
		s.place = nil
		place.End()
	}
}
