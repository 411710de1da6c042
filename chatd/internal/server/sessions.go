package server

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// A listed is a session as SESSIONS lists it.
type listed struct {
	*session
	nick string // its nick is its reader's own
}

// ownSessions returns the sessions that this one may list and end, by id: those of its
// account, or for an admin all.
func (s *session) ownSessions() []listed {
	var list []listed
	switch {
	case s.role == proto.Admin:
		s.server.hub.Users.Each(func(u hub.User, nick string) { list = append(list, listed{u.(*session), nick}) })
	case s.account != 0:
		users, nick, _ := s.server.hub.Users.Lookup(s.nick.Fold)
		for _, u := range users {
			list = append(list, listed{u.(*session), nick})
		}
	}
	slices.SortFunc(list, func(a, b listed) int { return cmp.Compare(a.id, b.id) })
	return list
}

// listSessions carries out SESSIONS. Addresses are for admins.
func (s *session) listSessions(*proto.Command) error {
	list := s.ownSessions()
	for _, other := range list {
		line := proto.Line{Type: proto.SESSION, ID: strconv.FormatUint(other.id, 10), Nick: other.nick, Door: other.identity().Door, Since: stamp(other.since)}
		if s.role == proto.Admin {
			line.Address = other.peer()
		}
		s.out.WriteLine(&line)
	}
	return s.replyOK(proto.Line{Verb: "SESSIONS", Shown: uint64(len(list))})
}

// endSession carries out END.
func (s *session) endSession(c *proto.Command) error {
	id := c.Words[0]
	list := s.ownSessions()
	i := slices.IndexFunc(list, func(l listed) bool { return strconv.FormatUint(l.id, 10) == id })
	if i < 0 {
		return &proto.Error{Code: proto.NoSuchSession, Text: fmt.Sprintf("none of your sessions has the id %s; SESSIONS lists them", proto.Clean(id))}
	}
	list[i].end(ended)
	return s.replyOK(proto.Line{Verb: "END", ID: id})
}
