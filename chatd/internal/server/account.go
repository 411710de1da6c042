package server

import (
	"errors"
	"slices"
	"strings"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/origin"
	"linechat/chatd/proto"
)

// register carries out REGISTER: the guest's nick becomes an account.
func (s *session) register(c *proto.Command) error {
	key := s.identity().Key
	if err := s.mayRegister(c.Text == "", key.Fingerprint); err != nil {
		return err
	}
	proof := ""
	if c.Text == "" {
		proof = key.Fingerprint
	}
	var a account.Account
	err := s.payFor(origin.Registers, "new accounts", func() (err error) {
		a, err = s.makeAccount(strings.Clone(c.Text), proof)
		return err
	})
	if err != nil {
		return err
	}
	s.server.hub.Registered(s, &a, proof)
	s.become(a.Name, a.ID)
	s.server.config.Log.Info("account registered", "nick", a.Name.Shown, "peer", s.peer())
	return s.replyOK(proto.Line{Verb: "REGISTER", Nick: a.Name.Shown})
}

// makeAccount makes an account of the guest's nick, which this session has logged in to with
// the password, or with the proof of a key. Once it is stored, others can log in and share the
// nick, so Users and the rooms learn of it first.
func (s *session) makeAccount(password, proof string) (account.Account, error) {
	users, wanted := &s.server.hub.Users, account.Account{Name: s.nick, Ignored: s.ignored.Load().Nicks(), Origin: s.origin()}
	if err := users.Register(s, s.nick, proof); err != nil {
		return account.Account{}, err
	}
	s.tellRooms(hub.Nick{Shown: s.nick.Shown, Account: true})
	s.Block()
	a, err := s.server.config.Accounts.Register(s.ctx, s.address().String(), wanted, password, accountKey(s.identity().Key, true))
	if err != nil {
		users.Unregister(s, s.nick, errors.Is(err, history.ErrUnknown))
		s.tellRooms(s.roomNick())
	}
	return a, err
}

// mayRegister returns why the session cannot register its nick, or nil.
func (s *session) mayRegister(noPassword bool, key string) error {
	switch {
	case s.account != 0:
		return &proto.Error{Code: proto.NotAllowed, Text: "you are logged in already; PASSWD changes the password, LOGOUT makes you a guest again"}
	case !s.server.config.Register:
		return &proto.Error{Code: proto.NotAllowed, Text: "this server registers nobody by itself; ask its operator for an account"}
	case s.nick.Guest():
		return &proto.Error{Code: proto.BadName, Text: "a nick that the server gave cannot be registered; choose one with NICK name first"}
	case noPassword && key == "":
		return s.noPassword()
	case !noPassword:
		return s.checkSecure()
	}
	return nil
}

// checkSecure returns an error if a password may not pass.
func (s *session) checkSecure() error {
	if s.secure() {
		return nil
	}
	return &proto.Error{Code: proto.NotSecure, Text: "this connection is not encrypted, and others may have read the password: connect by TLS (chat --server tls://…) or ssh, and choose another if it is in use"}
}

// login carries out LOGIN. Where the account changes meanwhile it begins again.
func (s *session) login(c *proto.Command) error {
	name, err := proto.ParseNick(c.Words[0])
	if err != nil {
		return err
	}
	if c.Text == "" {
		return s.noPassword()
	}
	if err := s.checkSecure(); err != nil {
		return err
	}
	s.Block()
	password := strings.Clone(c.Text)
	for {
		version := s.server.hub.Users.Version(name.Fold)
		a, err := s.server.config.Accounts.Login(s.ctx, s.address().String(), name.Fold, password)
		if err != nil {
			return err
		}
		if err = s.enterAccount(a, "", version); err == nil {
			return s.replyOK(proto.Line{Verb: "LOGIN", Nick: a.Name.Shown})
		} else if !errors.Is(err, hub.ErrOutdated) {
			return err
		}
	}
}

// enterAccount makes this one of the account's sessions, proved by the key of that
// fingerprint or with "" by the password, as both were at that version. A guest who is in
// the way is replaced. hub.ErrOutdated.
func (s *session) enterAccount(a account.Account, proof string, version hub.Version) error {
	if s.nick.Fold == a.Name.Fold { // a guest's until now: others may log in right after
		s.tellRooms(hub.Nick{Shown: a.Name.Shown, Account: true})
	}
	for {
		rival, err := s.server.hub.Login(s, s, &a, proof, version)
		if err != nil {
			s.tellRooms(s.roomNick())
			return err
		}
		if rival == nil {
			s.become(a.Name, a.ID)
			return nil
		}
		s.Block()
		select {
		case <-rival.Replace():
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// logout carries out LOGOUT.
func (s *session) logout(*proto.Command) error {
	if s.account == 0 {
		return errNoAccount
	}
	s.claimGuest()
	return s.replyOK(proto.Line{Verb: "LOGOUT", Nick: s.nick.Shown})
}

// errNoAccount answers what only a session of an account can do.
var errNoAccount = &proto.Error{Code: proto.NotAllowed, Text: "you are not logged in; LOGIN first"}

// passwd carries out PASSWD, and ends the other sessions that the old password has proved.
// An admin's has a name.
func (s *session) passwd(c *proto.Command) error {
	name, err := s.accountNamed(c.Words)
	switch {
	case err != nil:
		return err
	case c.Text == "":
		return s.noPassword()
	}
	if err := s.checkSecure(); err != nil {
		return err
	}
	s.Block()
	if err := s.server.config.Accounts.ChangePassword(s.ctx, s.address().String(), name.Fold, strings.Clone(c.Text)); err != nil {
		return err
	}
	s.endProvedBy(s, name.Fold, func(proof string) bool { return proof == "" })
	if a, err := s.server.config.Accounts.Account(s.ctx, name.Fold); err == nil {
		s.server.hub.PasswordChanged(s, &a)
	}
	return s.replyOK(proto.Line{Verb: "PASSWD", Nick: name.Shown})
}

// accountNamed returns the account that a command is about: the session's own, or for an
// admin the one that is named.
func (s *session) accountNamed(words []string) (proto.Name, error) {
	switch {
	case len(words) > 0 && s.role < proto.Admin:
		return proto.Name{}, &proto.Error{Code: proto.NotAllowed, Text: "other accounts are for admins"}
	case len(words) > 0:
		return proto.ParseNick(words[0])
	case s.account == 0:
		return proto.Name{}, errNoAccount
	}
	return s.nick, nil
}

// endProvedBy ends the sessions of an account whose proof no longer counts, all but one.
func (s *session) endProvedBy(but hub.User, fold string, ends func(proof string) bool) {
	for _, u := range s.server.hub.Users.Revoke(but, fold, ends) {
		u.(*session).end(ended)
	}
}

// unregister carries out UNREGISTER: the name is kept from others for a while.
func (s *session) unregister(c *proto.Command) error {
	name, err := s.accountNamed(c.Words)
	if err != nil {
		return err
	}
	s.Block()
	accounts := s.server.config.Accounts
	a, err := accounts.Account(s.ctx, name.Fold)
	if err != nil {
		return err
	}
	a.Released = time.Now().Round(0)
	if err := accounts.ReleaseAccount(s.ctx, name.Fold, a.Released); err != nil {
		return err
	}
	s.server.hub.Users.Reserve(a.Name, a.Until())
	s.endProvedBy(s, name.Fold, func(string) bool { return true })
	nick := a.Name.Shown
	if s.account == a.ID {
		s.claimGuest()
		nick = s.nick.Shown
	}
	s.server.config.Log.Info("account given up", "nick", a.Name.Shown, "peer", s.peer())
	return s.replyOK(proto.Line{Verb: "UNREGISTER", Nick: nick})
}

// whois carries out WHOIS.
func (s *session) whois(c *proto.Command) error {
	name, err := proto.ParseNick(c.Words[0])
	if err != nil {
		return err
	}
	users, shown, err := s.server.hub.Lookup(name.Fold)
	line := proto.Line{Type: proto.WHOIS, Nick: shown, Role: proto.Guest.String(), State: "here"}
	if err == nil {
		line.Since, line.Text = since(users[0]), s.roomsWith(shown)
	}
	a, failed := s.server.config.Accounts.Account(s.ctx, name.Fold)
	switch {
	case failed == nil:
		line.Nick, line.Role, line.Since = a.Name.Shown, proto.Account.String(), stamp(a.Made)
		if err != nil {
			line.State = "away"
		}
	case !errors.Is(failed, account.ErrNoAccount):
		return failed
	case err != nil:
		return err
	}
	s.out.WriteLine(&line)
	return s.replyOK(proto.Line{Verb: "WHOIS", Nick: line.Nick})
}

// since returns since when a session of this machine is there; "" of another's, which knows.
func since(u hub.Recipient) string {
	if other, here := u.(*session); here {
		return stamp(other.since)
	}
	return ""
}

// roomsWith returns the rooms that the session and a nick are both in, sorted.
func (s *session) roomsWith(nick string) string {
	var rooms []string
	for _, m := range s.rooms.joined {
		if room := m.Room(); room.Has(nick) {
			rooms = append(rooms, room.Name().Shown)
		}
	}
	slices.Sort(rooms)
	return strings.Join(rooms, " ")
}

// stamp writes a time as lines have it; "" if it is unknown.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(proto.TimeLayout)
}
