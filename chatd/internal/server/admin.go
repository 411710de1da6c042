package server

import (
	"errors"
	"strings"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// accounts carries out ACCOUNTS.
func (s *session) accounts(c *proto.Command) error {
	switch {
	case len(c.Words) == 2 && strings.EqualFold(c.Words[0], "ADD"):
		return s.addAccount(c.Words[1])
	case len(c.Words) == 2, len(c.Words) == 1 && strings.EqualFold(c.Words[0], "ADD"):
		return &proto.Error{Code: proto.BadArguments, Text: "ACCOUNTS takes the beginning of names, or ADD and a name"}
	}
	prefix := proto.Name{}
	if len(c.Words) == 1 {
		var err error
		if prefix, err = proto.ParseNick(c.Words[0]); err != nil {
			return err
		}
	}
	list, all, err := s.server.config.Accounts.Accounts(s.ctx, prefix.Fold, "", maxListed)
	if err != nil {
		return err
	}
	for i := range list {
		s.out.WriteLine(accountLine(&list[i]))
	}
	return s.replyOK(proto.Line{Verb: "ACCOUNTS", Shown: uint64(len(list)), All: uint64(all)})
}

func accountLine(a *account.Account) *proto.Line {
	password := "no"
	if a.Hash != "" {
		password = "yes"
	}
	return &proto.Line{Type: proto.ACCOUNT, Nick: a.Name.Shown, Since: stamp(a.Made), Keys: uint64(len(a.Keys)), Password: password}
}

// addAccount makes an account that nothing proves yet: PASSWD and KEYS give it a password
// or a key.
func (s *session) addAccount(word string) error {
	name, _, err := parseNick([]string{word})
	if err != nil {
		return err
	}
	users := &s.server.hub.Users
	if err := users.ReserveNew(name); err != nil {
		return err
	}
	a, err := s.server.config.Accounts.Register(s.ctx, s.address().String(), account.Account{Name: name}, "", account.Key{})
	if err != nil {
		if !errors.Is(err, account.ErrExists) {
			users.Unreserve(name, errors.Is(err, history.ErrUnknown))
		}
		return err
	}
	s.out.WriteLine(accountLine(&a))
	return s.replyOK(proto.Line{Verb: "ACCOUNTS", Shown: 1, All: 1})
}

// A Stat is a figure that STATS shows.
type Stat struct{ Name, Value string }

// stats carries out STATS.
func (s *session) stats(*proto.Command) error {
	var stats []Stat
	if s.server.config.Stats != nil {
		var err error
		if stats, err = s.server.config.Stats(); err != nil {
			return err
		}
	}
	for _, stat := range stats {
		s.out.WriteLine(&proto.Line{Type: proto.STAT, Name: stat.Name, Value: stat.Value})
	}
	return s.replyOK(proto.Line{Verb: "STATS"})
}
