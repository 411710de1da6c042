package server

import (
	"strings"
	"time"

	sshkey "golang.org/x/crypto/ssh"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/listener"
	"linechat/chatd/proto"
)

// keys carries out KEYS. An admin's begins with a name.
func (s *session) keys(c *proto.Command) error {
	var names []string
	words := strings.Fields(c.Text)
	if s.role == proto.Admin && len(words) > 0 && !isKeysAction(words[0]) {
		names, words = words[:1], words[1:]
	}
	name, err := s.accountNamed(names)
	if err != nil {
		return err
	}
	s.Block()
	switch fold := name.Fold; {
	case len(words) == 0:
		return s.listKeys(fold)
	case strings.EqualFold(words[0], "ADD"):
		return s.addKey(fold, strings.Join(words[1:], " "), len(names) == 0)
	case strings.EqualFold(words[0], "REMOVE") && len(words) == 2:
		return s.removeKey(fold, words[1])
	}
	return &proto.Error{Code: proto.BadArguments, Text: "KEYS lists your keys, KEYS ADD adds the one that you have connected with, and KEYS REMOVE fingerprint removes one"}
}

func isKeysAction(word string) bool {
	return strings.EqualFold(word, "ADD") || strings.EqualFold(word, "REMOVE")
}

func (s *session) listKeys(fold string) error {
	a, err := s.server.config.Accounts.Account(s.ctx, fold)
	if err != nil {
		return err
	}
	for _, k := range a.Keys {
		state := "unproved"
		if k.Proved {
			state = "proved"
		}
		s.out.WriteLine(&proto.Line{Type: proto.KEY, Fingerprint: k.Fingerprint, Kind: k.Kind, Since: stamp(k.Added), State: state, Text: proto.Clean(k.Comment)})
	}
	return s.replyOK(proto.Line{Verb: "KEYS"})
}

// addKey adds the key of a line of a .pub file, or without one the key that this session
// has proved.
func (s *session) addKey(fold, line string, own bool) error {
	key, proved := s.identity().Key, line == ""
	switch {
	case !proved:
		var err error
		if key, err = parseKey(line); err != nil {
			return err
		}
	case key.Fingerprint == "" || !own:
		return &proto.Error{Code: proto.BadKey, Text: "this connection has proved no key: connect with one, or give KEYS ADD the line of a .pub file"}
	}
	k := accountKey(key, proved)
	k.Added = time.Now().Round(0)
	if err := s.server.config.Accounts.AddKey(s.ctx, fold, k); err != nil {
		return err
	}
	return s.replyOK(proto.Line{Verb: "KEYS", Fingerprint: k.Fingerprint})
}

// parseKey reads a line of a .pub file (sshd(8), AUTHORIZED_KEYS FILE FORMAT, without
// options).
func parseKey(line string) (listener.Key, error) {
	public, comment, options, rest, err := sshkey.ParseAuthorizedKey([]byte(line))
	if err != nil || len(options) > 0 || len(rest) > 0 {
		return listener.Key{}, &proto.Error{Code: proto.BadKey, Text: "this is no public key; give the line of a .pub file, as in KEYS ADD ssh-ed25519 AAAA… you@home"}
	}
	return listener.Key{Kind: "ssh", Fingerprint: sshkey.FingerprintSHA256(public), Comment: comment}, nil
}

func accountKey(k listener.Key, proved bool) account.Key {
	return account.Key{Fingerprint: k.Fingerprint, Kind: k.Kind, Comment: k.Comment, Proved: proved}
}

// removeKey removes a key, and ends the sessions that it has proved, this one as well.
func (s *session) removeKey(fold, fingerprint string) error {
	if err := s.server.config.Accounts.RemoveKey(s.ctx, fold, fingerprint); err != nil {
		return err
	}
	s.endProvedBy(nil, fold, func(proof string) bool { return proof == fingerprint })
	return s.replyOK(proto.Line{Verb: "KEYS", Fingerprint: fingerprint})
}
