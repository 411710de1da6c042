package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/origin"
	"linechat/chatd/proto"
)

// guestName returns a nick of the kind that only the server gives.
func guestName() proto.Name {
	var id [3]byte
	_, _ = rand.Read(id[:]) // never fails
	name, err := proto.ParseNick("guest-" + hex.EncodeToString(id[:]))
	if err != nil {
		panic(err) // a guest's nick is a nick
	}
	return name
}

// rename carries out NICK.
func (s *session) rename(c *proto.Command) error {
	if s.account != 0 {
		return &proto.Error{Code: proto.NotAllowed, Text: "you are logged in, and an account has one nick; LOGOUT first to be somebody else"}
	}
	name, key, err := parseNick(c.Words)
	if err != nil {
		return err
	}
	if name.Reserved() {
		return &proto.Error{Code: proto.BadName, Text: fmt.Sprintf("%s would be taken for this server or its operator; choose another nick", name.Shown)}
	}
	if err := s.check(&s.used().nick, nickLimit); err != nil {
		return err
	}
	if err := s.claim(name, key); err != nil {
		return err
	}
	s.used().nick.take()
	if mistakenKey(key) {
		s.out.Notice(fmt.Sprintf("%s is now the key of %s: whoever knows it may take the nick from you; NICK %s without it takes it off", key, name.Shown, name.Shown))
	}
	s.become(name, 0)
	return s.replyOK(proto.Line{Verb: "NICK", Nick: name.Shown})
}

// claim takes the nick. A key that is given is tried as passwords are, and no faster.
func (s *session) claim(name proto.Name, key string) error {
	if key == "" {
		return s.claimFrom(name, "")
	}
	end, err := s.tryKey(name)
	if err != nil {
		return err
	}
	err = s.claimFrom(name, key)
	end(!errors.Is(err, hub.ErrWrongKey))
	return err
}

// How long a key waits for others of its address to be decided, and how often it looks.
const (
	keyWait  = 5 * time.Second
	keyRetry = 20 * time.Millisecond
)

// tryKey counts the try of a key. In a chat on several machines keys take a while to be
// decided, and people behind one address come all together from a machine that has died.
func (s *session) tryKey(name proto.Name) (end func(right bool), err error) {
	for began := time.Now(); ; {
		end, err = s.server.config.Accounts.TryKey(s.address().String(), name.Fold)
		if !errors.Is(err, account.ErrBusy) || time.Since(began) >= keyWait {
			return end, err
		}
		s.Block()
		select {
		case <-time.After(keyRetry):
		case <-s.ctx.Done():
			return nil, s.ctx.Err()
		}
	}
}

// claimFrom takes the nick. Where another connection has it with the same key, it ends that
// one and waits until the nick is given back.
func (s *session) claimFrom(name proto.Name, key string) error {
	for {
		rival, err := s.server.hub.Claim(s, s, name, key)
		if rival == nil || err != nil {
			return err
		}
		s.Block()
		select {
		case <-rival.Replace():
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// mistakenKey reports whether a key was probably meant as a part of the nick.
func mistakenKey(key string) bool {
	return key != "" && len(key) < 12 && strings.Trim(strings.ToLower(key), "abcdefghijklmnopqrstuvwxyz") == ""
}

func parseNick(words []string) (name proto.Name, key string, err error) {
	if name, err = proto.ParseNick(words[0]); err != nil {
		return name, "", err
	}
	if name.Guest() {
		return name, "", &proto.Error{Code: proto.BadName, Text: "names that begin with guest- are given by the server; choose another"}
	}
	if len(words) > 1 {
		key = words[1]
	}
	if len(key) > proto.MaxKey {
		return name, "", &proto.Error{Code: proto.TooLong, Limit: proto.MaxKey,
			Text: fmt.Sprintf("a key may have at most %d bytes, and this one has %d", proto.MaxKey, len(key))}
	}
	return name, key, nil
}

func (s *session) tell(c *proto.Command) error {
	name, err := proto.ParseNick(c.Words[0])
	if err != nil {
		return err
	}
	if err := s.check(&s.used().tell, tellLimit); err != nil {
		return err
	}
	users, shown, err := s.server.hub.Lookup(name.Fold)
	if err != nil {
		return err
	}
	if wait := s.payer.WaitTell(name.Fold); wait > 0 {
		return tooSoon(wait, s.limitOf(origin.Tells, "private lines to "+shown))
	}
	if s.server.hub.Shared() {
		s.Block()
	}
	if err := s.tellAll(users, strings.Clone(c.Text)); err != nil {
		return err
	}
	s.used().tell.take()
	s.payer.Tell(name.Fold)
	return s.replyOK(proto.Line{Verb: "TELL", Nick: shown})
}

// tellAll hands a private line to all sessions of a nick, those of all machines at once. It fails
// if none takes it.
func (s *session) tellAll(users []hub.Recipient, text string) error {
	ctx, cancel := context.WithTimeout(s.ctx, askTimeout)
	defer cancel()
	failed := make([]error, len(users))
	var asked sync.WaitGroup
	for i, u := range users {
		if _, here := u.(hub.User); here {
			failed[i] = u.Tell(ctx, s.nick.Shown, text)
			continue
		}
		asked.Go(func() { failed[i] = u.Tell(ctx, s.nick.Shown, text) })
	}
	asked.Wait()
	if slices.Contains(failed, nil) {
		return nil
	}
	return failed[0]
}
