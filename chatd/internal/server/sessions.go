package server

import (
	"cmp"
	"fmt"
	"slices"

	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// A listed is a session as SESSIONS lists it.
type listed struct {
	*session
	nick string // its nick is its reader's own
}

// sessionsOf returns the sessions of the account of that fold, or with "" all, by id.
func (srv *Server) sessionsOf(account string) (list []listed) {
	if account == "" {
		srv.hub.Users.Each(func(u hub.User, nick string) { list = append(list, listed{u.(*session), nick}) })
	} else {
		users, nick, _ := srv.hub.Users.Lookup(account)
		for _, u := range users {
			list = append(list, listed{u.(*session), nick})
		}
	}
	slices.SortFunc(list, func(a, b listed) int { return cmp.Compare(a.id, b.id) })
	return list
}

// sessionLines returns what SESSIONS says of them. Addresses are for those who see all.
func (srv *Server) sessionLines(account string) (lines []sessionLine) {
	for _, l := range srv.sessionsOf(account) {
		line := sessionLine{ID: srv.sessionID(l.id), Nick: l.nick, Door: l.identity().Door, Since: stamp(l.since)}
		if account == "" {
			line.Address = l.peer()
		}
		lines = append(lines, line)
	}
	return lines
}

// own returns whose sessions this one may list and end: its account's, with "" all, or nobody's.
func (s *session) own() (account string, some bool) {
	if s.role == proto.Admin {
		return "", true
	}
	return s.nick.Fold, s.account != 0
}

// listSessions carries out SESSIONS.
func (s *session) listSessions(*proto.Command) error {
	var lines []sessionLine
	if account, some := s.own(); some {
		lines = append(s.server.sessionLines(account), s.askSessions(account)...)
	}
	for _, l := range lines {
		s.out.WriteLine(&proto.Line{Type: proto.SESSION, ID: l.ID, Nick: l.Nick, Door: l.Door, Since: l.Since, Address: l.Address})
	}
	return s.replyOK(proto.Line{Verb: "SESSIONS", Shown: uint64(len(lines))})
}

// endSession carries out END.
func (s *session) endSession(c *proto.Command) error {
	word := c.Words[0]
	account, some := s.own()
	if !some || !s.server.endNamed(word, account) && !s.endElsewhere(word, account) {
		return &proto.Error{Code: proto.NoSuchSession, Text: fmt.Sprintf("none of your sessions has the id %s; SESSIONS lists them", proto.Clean(word))}
	}
	return s.replyOK(proto.Line{Verb: "END", ID: word})
}

// endNamed ends the session that a word stands for, if it is one of the account's, and reports
// whether it did.
func (srv *Server) endNamed(word, account string) bool {
	for _, l := range srv.sessionsOf(account) {
		if srv.sessionID(l.id) == word {
			l.End()
			return true
		}
	}
	return false
}

// endAsked ends a session for another machine.
func (srv *Server) endAsked(id uint64, account string) bool {
	return srv.endNamed(srv.sessionID(id), account)
}
