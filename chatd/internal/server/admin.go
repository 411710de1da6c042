package server

import (
	"errors"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"

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

// stats carries out STATS.
func (s *session) stats(*proto.Command) error {
	srv := s.server
	_, accounts, err := srv.config.Accounts.Accounts(s.ctx, "", "", 0)
	if err != nil {
		return err
	}
	rooms, inUse, logs := srv.hub.Stats()
	memory := []metrics.Sample{{Name: "/memory/classes/total:bytes"}}
	metrics.Read(memory)
	for _, stat := range []struct {
		name  string
		value int64
	}{
		{"uptime-seconds", int64(time.Since(srv.started) / time.Second)},
		{"connections", int64(len(srv.open()))},
		{"max-connections", int64(srv.config.MaxConnections)},
		{"accounts", int64(accounts)},
		{"rooms", int64(rooms)},
		{"max-rooms", int64(srv.config.MaxRooms)},
		{"rooms-in-use", int64(inUse)},
		{"log-bytes", logs},
		{"memory-bytes", int64(memory[0].Value.Uint64())},
		{"goroutines", int64(runtime.NumGoroutine())},
	} {
		s.out.WriteLine(&proto.Line{Type: proto.STAT, Name: stat.name, Value: strconv.FormatInt(stat.value, 10)})
	}
	return s.replyOK(proto.Line{Verb: "STATS"})
}
