// Package accounttest holds the tests that every account.Store must pass.
package accounttest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/proto"
)

// Run tests the stores that open returns: a new and empty one for each test.
func Run(t *testing.T, open func(t *testing.T) account.Store) {
	for _, test := range []struct {
		name string
		run  func(*tester)
	}{
		{"an account is kept as it was made", keepsAccount},
		{"a name in use is refused", refusesName},
		{"a name that was given up is kept for a while", keepsName},
		{"a hash is replaced by another of its password", replacesHash},
		{"a proved key belongs to one account", ownsKeys},
		{"a key that is not proved keeps nobody from it", sharesUnprovedKeys},
		{"a key is proved once", provesKey},
		{"the last proof stays", keepsLastProof},
		{"an account ignores nicks, each once", ignores},
		{"an account ignores so many nicks", ignoresNoMore},
		{"accounts are listed by fold", lists},
		{"of many who register a name one succeeds", createsOnce},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(&tester{t, open(t)}) })
	}
}

type tester struct {
	*testing.T
	account.Store
}

// at is a time that a store can keep.
var at = time.Unix(1_790_000_000, 123_456_789)

func name(s string) proto.Name {
	n, err := proto.ParseNick(s)
	if err != nil {
		panic(err)
	}
	return n
}

func key(n int) account.Key {
	return account.Key{Fingerprint: fmt.Sprint("SHA256:", n), Kind: "ssh", Comment: "alice@home", Added: at, Proved: true}
}

func unproved(n int) account.Key {
	k := key(n)
	k.Proved = false
	return k
}

// create makes an account that cannot be refused.
func (t *tester) create(nick, hash string, keys ...account.Key) account.Account {
	t.Helper()
	a, err := t.CreateAccount(t.Context(), account.Account{Name: name(nick), Hash: hash, Made: at, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// want reports an error that is not the one that was to come.
func (t *tester) want(want error, what string, err error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func keepsAccount(t *tester) {
	made := t.create("Alice", "hash", key(1), key(2), unproved(3))
	got, err := t.Account(t.Context(), "alice")
	if err != nil || made.ID == 0 || fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", made) {
		t.Errorf("%v\nmade %+v\ngot  %+v", err, made, got)
	}
	if of, err := t.AccountOfKey(t.Context(), key(2).Fingerprint); err != nil || of.ID != made.ID || len(of.Keys) != 3 {
		t.Errorf("by its key: %+v, %v", of, err)
	}
	t.want(nil, "SetPassword", t.SetPassword(t.Context(), "alice", "other"))
	if got, err = t.Account(t.Context(), "alice"); err != nil || got.Hash != "other" {
		t.Errorf("after SetPassword: %+v, %v", got, err)
	}
	_, err = t.Account(t.Context(), "bob")
	t.want(account.ErrNoAccount, "Account of nobody", err)
	_, err = t.AccountOfKey(t.Context(), "SHA256:none")
	t.want(account.ErrNoAccount, "AccountOfKey of none", err)
	t.want(account.ErrNoAccount, "SetPassword of nobody", t.SetPassword(t.Context(), "bob", "hash"))
	t.want(account.ErrNoAccount, "AddKey of nobody", t.AddKey(t.Context(), "bob", key(3)))
	t.want(account.ErrNoAccount, "ProveKey of nobody", t.ProveKey(t.Context(), "bob", "x"))
	t.want(account.ErrNoAccount, "RemoveKey of nobody", t.RemoveKey(t.Context(), "bob", "x"))
	t.want(account.ErrNoAccount, "ReleaseAccount of nobody", t.ReleaseAccount(t.Context(), "bob", at))
}

func replacesHash(t *tester) {
	t.create("alice", "first")
	t.want(nil, "ReplaceHash", t.ReplaceHash(t.Context(), "alice", "first", "second"))
	t.want(nil, "ReplaceHash of what is gone", t.ReplaceHash(t.Context(), "alice", "first", "third"))
	if a, err := t.Account(t.Context(), "alice"); err != nil || a.Hash != "second" {
		t.Errorf("%+v, %v", a, err)
	}
	t.want(account.ErrNoAccount, "ReplaceHash of nobody", t.ReplaceHash(t.Context(), "bob", "first", "second"))
}

func refusesName(t *tester) {
	t.create("Alice", "hash")
	for _, taken := range []string{"alice", "ALICE", "a1ice"} {
		_, err := t.CreateAccount(t.Context(), account.Account{Name: name(taken), Made: at})
		t.want(account.ErrExists, taken, err)
	}
}

func keepsName(t *tester) {
	old := t.create("alice", "hash", key(1))
	now := time.Now().Round(0)
	t.want(nil, "ReleaseAccount", t.ReleaseAccount(t.Context(), "alice", now))
	_, err := t.Account(t.Context(), "alice")
	t.want(account.ErrNoAccount, "Account", err)
	_, err = t.AccountOfKey(t.Context(), key(1).Fingerprint)
	t.want(account.ErrNoAccount, "AccountOfKey", err)
	_, err = t.CreateAccount(t.Context(), account.Account{Name: name("a1ice"), Made: now})
	t.want(account.ErrExists, "CreateAccount", err)
	if got := t.names(); got != fmt.Sprint("alice until ", now.Add(account.Keep).UnixNano(), "; ") {
		t.Errorf("names: %s", got)
	}
	t.create("bob", "hash", key(1)) // the key is free at once
	t.want(nil, "ReleaseAccount", t.ReleaseAccount(t.Context(), "bob", now.Add(-account.Keep-time.Hour)))
	again := t.create("B0b", "hash")
	if again.ID <= old.ID+1 {
		t.Errorf("an ID is used again: %d after %d", again.ID, old.ID+1)
	}
}

func (t *tester) names() (all string) {
	err := t.Names(t.Context(), func(n proto.Name, until time.Time) {
		all += n.Shown + " until "
		if until.IsZero() {
			all += "ever; "
			return
		}
		all += fmt.Sprint(until.UnixNano(), "; ")
	})
	t.want(nil, "Names", err)
	return all
}

func ownsKeys(t *tester) {
	t.create("alice", "hash", key(1))
	t.create("bob", "hash")
	_, err := t.CreateAccount(t.Context(), account.Account{Name: name("carol"), Made: at, Keys: []account.Key{key(1)}})
	t.want(account.ErrKeyTaken, "CreateAccount", err)
	_, err = t.Account(t.Context(), "carol")
	t.want(account.ErrNoAccount, "what was refused", err)
	t.want(account.ErrKeyTaken, "AddKey", t.AddKey(t.Context(), "bob", key(1)))
	t.want(nil, "AddKey again", t.AddKey(t.Context(), "alice", key(1)))
	t.want(nil, "AddKey", t.AddKey(t.Context(), "alice", key(2)))
	t.want(account.ErrNoKey, "RemoveKey", t.RemoveKey(t.Context(), "bob", key(2).Fingerprint))
	t.want(nil, "RemoveKey", t.RemoveKey(t.Context(), "alice", key(1).Fingerprint))
	t.want(nil, "AddKey of another", t.AddKey(t.Context(), "bob", key(1)))
	if a, err := t.Account(t.Context(), "alice"); err != nil || len(a.Keys) != 1 || a.Keys[0].Fingerprint != key(2).Fingerprint {
		t.Errorf("alice has %+v, %v", a.Keys, err)
	}
}

// keysOf writes down the keys of an account, those that are proved with a star.
func (t *tester) keysOf(nick string) (keys string) {
	t.Helper()
	a, err := t.Account(t.Context(), nick)
	t.want(nil, "Account", err)
	for _, k := range a.Keys {
		keys += k.Fingerprint
		if k.Proved {
			keys += "*"
		}
		keys += " "
	}
	return keys
}

func sharesUnprovedKeys(t *tester) {
	t.create("mallory", "hash", unproved(1))
	t.create("trudy", "hash", unproved(1), key(2))
	_, err := t.AccountOfKey(t.Context(), key(1).Fingerprint)
	t.want(account.ErrNoAccount, "AccountOfKey of what nobody has proved", err)
	alice := t.create("alice", "hash", key(1))
	t.create("bob", "hash", key(0))
	t.want(nil, "AddKey unproved of what another has proved", t.AddKey(t.Context(), "bob", unproved(1)))
	t.want(nil, "AddKey unproved of what it has proved", t.AddKey(t.Context(), "alice", unproved(1)))
	if of, err := t.AccountOfKey(t.Context(), key(1).Fingerprint); err != nil || of.ID != alice.ID {
		t.Errorf("the key that alice has proved is that of %+v, %v", of, err)
	}
	t.want(nil, "RemoveKey", t.RemoveKey(t.Context(), "mallory", key(1).Fingerprint))
	for nick, want := range map[string]string{"mallory": "", "trudy": "SHA256:1 SHA256:2* ", "alice": "SHA256:1* ", "bob": "SHA256:0* SHA256:1 "} {
		if got := t.keysOf(nick); got != want {
			t.Errorf("%s has %q, want %q", nick, got, want)
		}
	}
}

func provesKey(t *tester) {
	t.create("alice", "hash", unproved(1), unproved(2), unproved(3))
	t.create("bob", "hash", unproved(1), key(3))
	t.want(nil, "ProveKey", t.ProveKey(t.Context(), "alice", key(1).Fingerprint))
	t.want(nil, "ProveKey again", t.ProveKey(t.Context(), "alice", key(1).Fingerprint))
	t.want(nil, "AddKey proved of what it has", t.AddKey(t.Context(), "alice", key(2)))
	t.want(account.ErrKeyTaken, "ProveKey of what bob has proved", t.ProveKey(t.Context(), "alice", key(3).Fingerprint))
	t.want(account.ErrKeyTaken, "AddKey of what bob has proved", t.AddKey(t.Context(), "alice", key(3)))
	t.want(account.ErrKeyTaken, "ProveKey of what alice has proved", t.ProveKey(t.Context(), "bob", key(1).Fingerprint))
	t.want(account.ErrNoKey, "ProveKey of none", t.ProveKey(t.Context(), "alice", "SHA256:none"))
	for nick, want := range map[string]string{"alice": "SHA256:1* SHA256:2* SHA256:3 ", "bob": "SHA256:1 SHA256:3* "} {
		if got := t.keysOf(nick); got != want {
			t.Errorf("%s has %q, want %q", nick, got, want)
		}
	}
}

func keepsLastProof(t *tester) {
	t.create("alice", "", key(1))
	t.want(account.ErrLastProof, "the only key", t.RemoveKey(t.Context(), "alice", key(1).Fingerprint))
	t.want(nil, "SetPassword", t.SetPassword(t.Context(), "alice", "hash"))
	t.want(nil, "beside a password", t.RemoveKey(t.Context(), "alice", key(1).Fingerprint))
}

// ignored writes down the nicks that an account ignores.
func (t *tester) ignored(fold string) (nicks string) {
	t.Helper()
	a, err := t.Account(t.Context(), fold)
	t.want(nil, "Account", err)
	for _, n := range a.Ignored {
		if n != name(n.Shown) {
			t.Errorf("%+v is no nick", n)
		}
		nicks += n.Shown + " "
	}
	return nicks
}

func ignores(t *tester) {
	made, err := t.CreateAccount(t.Context(), account.Account{Name: name("alice"), Hash: "hash", Made: at, Ignored: []proto.Name{name("Mallory")}})
	t.want(nil, "CreateAccount", err)
	t.create("bob", "hash", key(1))
	for _, nick := range []string{"trudy", "Жанна", "MALLORY", "eve", "trudy"} {
		t.want(nil, "Ignore "+nick, t.Ignore(t.Context(), "alice", name(nick)))
	}
	t.want(nil, "Ignore", t.Ignore(t.Context(), "bob", name("trudy")))
	t.want(nil, "Unignore", t.Unignore(t.Context(), "alice", "trudy"))
	t.want(nil, "Unignore of nobody", t.Unignore(t.Context(), "alice", "trudy"))
	if alices, bobs := t.ignored("alice"), t.ignored("bob"); alices != "eve Mallory Жанна " || bobs != "trudy " {
		t.Errorf("alice ignores %sand bob %s", alices, bobs)
	}
	if of, err := t.AccountOfKey(t.Context(), key(1).Fingerprint); err != nil || len(of.Ignored) != 1 {
		t.Errorf("by its key: %+v, %v", of, err)
	}
	t.want(nil, "ReleaseAccount", t.ReleaseAccount(t.Context(), "alice", at.Add(-account.Keep-time.Hour)))
	t.want(account.ErrNoAccount, "Ignore", t.Ignore(t.Context(), "alice", name("eve")))
	t.want(account.ErrNoAccount, "Unignore", t.Unignore(t.Context(), "alice", "eve"))
	again := t.create("alice", "hash")
	if ignored := t.ignored("alice"); ignored != "" || again.ID == made.ID {
		t.Errorf("the next account of that name ignores %s", ignored)
	}
}

func ignoresNoMore(t *tester) {
	t.create("alice", "hash")
	for i := range account.MaxIgnored {
		t.want(nil, "Ignore", t.Ignore(t.Context(), "alice", name(fmt.Sprint("n", i))))
	}
	t.want(account.ErrTooManyIgnored, "one more", t.Ignore(t.Context(), "alice", name("more")))
	t.want(nil, "one that is there", t.Ignore(t.Context(), "alice", name("N7")))
	t.want(nil, "Unignore", t.Unignore(t.Context(), "alice", "n8"))
	t.want(nil, "Ignore", t.Ignore(t.Context(), "alice", name("more")))
}

func lists(t *tester) {
	for _, n := range []string{"carol", "Bob", "alice", "bobby"} {
		t.create(n, "hash")
	}
	t.create("bonnie", "hash")
	t.want(nil, "ReleaseAccount", t.ReleaseAccount(t.Context(), "bonnie", time.Now()))
	for _, test := range []struct {
		prefix, after string
		limit         int
		want          string
	}{
		{"", "", 9, "alice Bob bobby carol 4"}, {"bo", "", 9, "Bob bobby 2"}, {"bo", "bob", 9, "bobby 2"}, {"", "", 2, "alice Bob 4"}, {"x", "", 9, "0"},
	} {
		list, all, err := t.Accounts(t.Context(), test.prefix, test.after, test.limit)
		got := ""
		for _, a := range list {
			got += a.Name.Shown + " "
		}
		if got += fmt.Sprint(all); got != test.want || err != nil {
			t.Errorf("%q after %q, at most %d: %s, %v; want %s", test.prefix, test.after, test.limit, got, err, test.want)
		}
	}
}

func createsOnce(t *tester) {
	var wg sync.WaitGroup
	var made atomic.Int32
	for i := range 20 {
		wg.Go(func() {
			_, err := t.CreateAccount(t.Context(), account.Account{Name: name([]string{"alice", "a1ice"}[i%2]), Made: at})
			if err == nil {
				made.Add(1)
			} else {
				t.want(account.ErrExists, "CreateAccount", err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d succeeded", made.Load())
	}
}
