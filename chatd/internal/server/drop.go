package server

import (
	"slices"

	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// drop carries out DROP. The sessions in the room learn it by a message each.
func (s *session) drop(c *proto.Command) error {
	name, err := proto.ParseRoom(c.Words[0])
	if err != nil {
		return err
	}
	name, members, err := s.server.hub.Drop(s.ctx, s, name.Fold)
	if err != nil {
		return err
	}
	bySession := map[uint64]*hub.Member{}
	for _, m := range members {
		bySession[m.Session()] = m
	}
	for _, other := range s.server.open() {
		if m := bySession[other.id]; m != nil {
			other.Dropped(m)
		}
	}
	return s.replyOK(proto.Line{Verb: "DROP", Room: name.Shown})
}

// dropped ends the membership of a room that was deleted. The session is in no current room
// then, if this was its own: what is typed for it is to go nowhere else.
func (s *session) dropped(m *hub.Member) {
	if !slices.Contains(s.rooms.joined, m) {
		return // it has left meanwhile, or knows
	}
	if s.rooms.current == m {
		s.rooms.current = nil
	}
	s.rooms.remove(m)
	s.out.WriteLine(&proto.Line{Type: proto.LEFT, Room: m.Room().Name().Shown, Nick: s.nick.Shown, Why: "dropped"})
	s.out.EndReplyThen(func() {
		s.writer.Leave(m)
		if s.shown.Load() == m.Room() {
			s.show(nil)
		}
	})
}

// membership returns the session's own of the room of that fold, or nil. Where the room was
// deleted, and another may have its name, it does what the message that is under way says.
func (s *session) membership(fold string) *hub.Member {
	m := s.rooms.membership(fold)
	if m != nil && m.Room().Dropped() {
		s.dropped(m)
		return nil
	}
	return m
}
