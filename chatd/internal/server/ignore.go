package server

import (
	"fmt"
	"slices"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// ignore carries out IGNORE.
func (s *session) ignore(c *proto.Command) error {
	ignored := s.ignored.Load()
	if len(c.Words) == 0 {
		for _, nick := range ignored.Nicks() {
			s.out.WriteLine(&proto.Line{Type: proto.IGNORED, Nick: nick.Shown})
		}
		return s.replyOK(proto.Line{Verb: "IGNORE"})
	}
	nick, err := proto.ParseNick(c.Words[0])
	if err != nil {
		return err
	}
	if nick.Fold == s.nick.Fold {
		return &proto.Error{Code: proto.BadArguments, Text: "you cannot ignore yourself"}
	}
	if !ignored.Has(nick.Shown) {
		err = s.addIgnored(ignored.Nicks(), nick)
	}
	if err != nil {
		return err
	}
	return s.replyOK(proto.Line{Verb: "IGNORE", Nick: nick.Shown})
}

// addIgnored adds a nick to those that are ignored.
func (s *session) addIgnored(nicks []proto.Name, nick proto.Name) error {
	if len(nicks) >= account.MaxIgnored {
		return account.ErrTooManyIgnored
	}
	keep := func() error { return s.server.config.Accounts.Ignore(s.ctx, s.nick.Fold, nick) }
	return s.changeIgnored(keep, append(nicks, nick))
}

// unignore carries out UNIGNORE.
func (s *session) unignore(c *proto.Command) error {
	nick, err := proto.ParseNick(c.Words[0])
	if err != nil {
		return err
	}
	ignored := s.ignored.Load()
	if !ignored.Has(nick.Shown) {
		return &proto.Error{Code: proto.NoSuchUser, Text: fmt.Sprintf("you do not ignore %s; IGNORE lists whom you ignore", nick.Shown)}
	}
	others := slices.DeleteFunc(ignored.Nicks(), func(n proto.Name) bool { return n.Fold == nick.Fold })
	remove := func() error { return s.server.config.Accounts.Unignore(s.ctx, s.nick.Fold, nick.Fold) }
	if err := s.changeIgnored(remove, others); err != nil {
		return err
	}
	return s.replyOK(proto.Line{Verb: "UNIGNORE", Nick: nick.Shown})
}

// changeIgnored has a guest ignore these nicks; an account's change in the store.
func (s *session) changeIgnored(inStore func() error, nicks []proto.Name) error {
	if s.account != 0 {
		s.Block()
		if err := inStore(); err != nil {
			return err
		}
		return s.readIgnored()
	}
	ignored := new(hub.Ignored)
	ignored.Set(ignored.Begin(), nicks)
	s.ignored.Store(ignored)
	return nil
}

// shareIgnored has the session ignore what its account does.
func (s *session) shareIgnored() {
	ignored := s.server.hub.Users.Ignored(s.nick.Fold)
	s.ignored.Store(ignored)
	if ignored.Known() {
		return // from another session of the account
	}
	s.Block()
	if err := s.readIgnored(); err != nil {
		s.server.config.Log.Warn("whom an account ignores cannot be read", "nick", s.nick.Shown, "err", err)
	}
}

// readIgnored reads whom the account ignores, for all of its sessions.
func (s *session) readIgnored() error {
	ignored := s.ignored.Load()
	number := ignored.Begin()
	a, err := s.server.config.Accounts.Account(s.ctx, s.nick.Fold)
	if err == nil {
		ignored.Set(number, a.Ignored)
	}
	return err
}

// hides reports whether a post that is brought back is left out.
func (s *session) hides(nick string) bool { return s.out.Form.IsPeople() && s.ignored.Load().Has(nick) }
