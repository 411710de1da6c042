package sqlite_test

import (
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/account/accounttest"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

func TestAccounts(t *testing.T) {
	accounttest.Run(t, func(t *testing.T) account.Store { return open(t, t.TempDir(), sqlite.Config{}) })
}

// Check notices what has changed of accounts and keys.
func TestCheckAccounts(t *testing.T) {
	whole := t.TempDir()
	s := open(t, whole, sqlite.Config{})
	for _, nick := range []string{"alice", "bob"} {
		name, err := proto.ParseNick(nick)
		if err == nil {
			_, err = s.CreateAccount(t.Context(), account.Account{Name: name, Made: time.Now(),
				Keys: []account.Key{{Fingerprint: "SHA256:" + nick, Kind: "ssh", Added: time.Now(), Proved: true}}, Ignored: []proto.Name{name}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"UPDATE account SET hash = 'x' WHERE id = 1":           `account "alice": its row has changed`,
		"UPDATE account SET released = 1 WHERE id = 2":         `account "bob": its row has changed`,
		"UPDATE key SET account = 2 WHERE account = 1":         "the row of key SHA256:alice has changed",
		"DELETE FROM account WHERE id = 2":                     "key SHA256:bob belongs to account 2, which is not there",
		"UPDATE key SET comment = 'y' WHERE account = 2":       "the row of key SHA256:bob has changed",
		"UPDATE key SET proved = 0 WHERE account = 2":          "the row of key SHA256:bob has changed",
		"UPDATE ignored SET shown = 'Bob' WHERE fold = 'bob'":  `the row of nick "Bob", which account 2 ignores, has changed`,
		"UPDATE ignored SET fold = 'x y' WHERE fold = 'alice'": `the row of nick "alice", which account 1 ignores, has changed`,
		"DELETE FROM account WHERE fold = 'alice'":             "nick alice is ignored by account 1, which is not there",
		"SELECT 1": "",
	} {
		dir := crash(t, whole, sqlite.DBFile)
		change(t, dir, sqlite.DBFile, query)
		r, err := offline.CheckDir(t.Context(), dir, nil)
		got := strings.Join(r.Problems, "\n")
		if err != nil || !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s: %v, %q, want %q", query, err, got, want)
		}
	}
}
