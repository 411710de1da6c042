package main

import (
	"errors"
	"fmt"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/proto"
)

const accountType = "account"

// An accountLine is an account as exported.
type accountLine struct {
	Type     string    `json:"type"`
	ID       uint64    `json:"id"`
	Nick     string    `json:"nick"`
	Made     string    `json:"made,omitempty"`
	Released string    `json:"released,omitempty"` // when it was given up
	Hash     string    `json:"hash,omitempty"`     // of the password, a PHC string
	Keys     []keyLine `json:"keys,omitempty"`
	Ignored  []string  `json:"ignored,omitempty"` // nicks
}

// A keyLine is a key of an account as exported.
type keyLine struct {
	Fingerprint string `json:"fingerprint"`
	Kind        string `json:"kind"`
	Comment     string `json:"comment,omitempty"`
	Added       string `json:"added,omitempty"`
	Proved      bool   `json:"proved,omitempty"`
}

func newAccountLine(a *account.Account) *accountLine {
	l := &accountLine{Type: accountType, ID: a.ID, Nick: a.Name.Shown, Made: formatTime(a.Made), Released: formatTime(a.Released), Hash: a.Hash}
	for _, k := range a.Keys {
		l.Keys = append(l.Keys, keyLine{k.Fingerprint, k.Kind, k.Comment, formatTime(k.Added), k.Proved})
	}
	for _, nick := range a.Ignored {
		l.Ignored = append(l.Ignored, nick.Shown)
	}
	return l
}

// record returns the account of a line.
func (l *accountLine) record() (a account.Account, err error) {
	a.Hash = l.Hash
	if a.Name, err = proto.ParseNick(l.Nick); err != nil {
		return a, wrong("nick", l.Nick, err)
	}
	if a.Made, err = parseTime(l.Made); err != nil {
		return a, err
	}
	if a.Released, err = parseTime(l.Released); err != nil {
		return a, err
	}
	switch {
	case l.ID == 0 || l.ID > maxSeq:
		return a, fmt.Errorf("its id is %d", l.ID)
	case l.Hash != "" && account.CheckHash(l.Hash) != nil:
		return a, errors.New("its hash is none of argon2id")
	case !a.Released.IsZero() && (l.Hash != "" || len(l.Keys) > 0 || len(l.Ignored) > 0):
		return a, errors.New("it was given up, and so has no password and no keys, and ignores nobody")
	case len(l.Ignored) > account.MaxIgnored:
		return a, fmt.Errorf("it ignores %d nicks, at most %d are kept", len(l.Ignored), account.MaxIgnored)
	case a.Released.After(time.Now().Add(clockSkew)):
		return a, fmt.Errorf("it was given up at %s, which is yet to come", l.Released)
	}
	if a.Ignored, err = l.ignored(); err != nil {
		return a, err
	}
	a.Keys, err = l.keys()
	return a, err
}

func (l *accountLine) ignored() (nicks []proto.Name, err error) {
	for _, shown := range l.Ignored {
		nick, err := proto.ParseNick(shown)
		if err != nil {
			return nil, wrong("nick", shown, err)
		}
		nicks = append(nicks, nick)
	}
	return nicks, nil
}

func (l *accountLine) keys() (keys []account.Key, err error) {
	for _, k := range l.Keys {
		added, err := parseTime(k.Added)
		if err != nil {
			return nil, err
		}
		if k.Fingerprint == "" || k.Kind != "ssh" && k.Kind != "tls" || k.Comment != proto.Clean(k.Comment) {
			return nil, fmt.Errorf("the key %q is not as chatd keeps one", k.Fingerprint)
		}
		keys = append(keys, account.Key{Fingerprint: k.Fingerprint, Kind: k.Kind, Comment: k.Comment, Added: added, Proved: k.Proved})
	}
	return keys, nil
}

// account imports an account.
func (im *importer) account(l *accountLine) error {
	a, err := l.record()
	if err != nil {
		return im.errorf("%w", err)
	}
	id, err := im.store.Account(a)
	switch {
	case errors.Is(err, account.ErrExists):
		return im.errorf("there is an account %s already, or one that looks like it", l.Nick)
	case errors.Is(err, account.ErrKeyTaken):
		return im.errorf("another account has proved a key of account %s already", l.Nick)
	case err != nil:
		return err
	}
	im.ahead = nil
	im.accounts[l.ID] = id
	return nil
}
