package sqlite_test

import (
	"errors"
	"strings"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

// TestOnlyTheLogChangesASharedStore has the methods that change a store of one machine refuse.
func TestOnlyTheLogChangesASharedStore(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{Shared: true})
	ctx, name := t.Context(), proto.Name{Shown: "go", Fold: "go", Skeleton: "go"}
	_, created := s.CreateAccount(ctx, account.Account{Name: name})
	for method, err := range map[string]error{
		"Append": (<-start(s, "go", posts(1, "one"))).err, "Create": s.Create(ctx, history.Room{Name: name}),
		"SetTopic": s.SetTopic(ctx, "go", "topic", "bob"), "DropRoom": s.DropRoom(ctx, "go"),
		"DropUnused": s.DropUnused(ctx, "go", noon), "CreateAccount": created, "SetPassword": s.SetPassword(ctx, "go", "hash"),
	} {
		if !errors.Is(err, history.ErrFailed) {
			t.Errorf("%s: %v, want ErrFailed", method, err)
		}
	}
}

// TestASharedStoreMaySyncLater compares what a commit waits for, also after writing has failed.
func TestASharedStoreMaySyncLater(t *testing.T) {
	t.Parallel()
	for shared, want := range map[bool]int64{false: 2, true: 1} {
		dir := t.TempDir()
		g := gated(t, dir)
		s := open(t, dir, sqlite.Config{Shared: shared})
		synchronous := func() {
			t.Helper()
			if got, err := s.Pragma("synchronous"); got != want || err != nil {
				t.Errorf("shared %t: synchronous is %d, %v; want %d", shared, got, err, want)
			}
		}
		synchronous()
		g.fail(true)
		if _, err := s.Pragma("user_version"); err == nil {
			t.Error("the commit has not failed")
		}
		g.fail(false)
		for err := errors.New("not yet"); err != nil; {
			_, err = s.Pragma("user_version")
		}
		synchronous()
	}
}

// TestSharedAndLocalAreNotMixed opens each for the use of the other.
func TestSharedAndLocalAreNotMixed(t *testing.T) {
	t.Parallel()
	refused := func(err error, words ...string) {
		t.Helper()
		for _, want := range append(words, "chat.db: it ", "export", "import") {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not say %q", err, want)
			}
		}
	}
	shared, rooms, accounts, empty := t.TempDir(), t.TempDir(), t.TempDir(), t.TempDir()
	shut(t, open(t, shared, sqlite.Config{Shared: true}))
	_, err := sqlite.Open(shared, sqlite.Config{})
	refused(err, "--nats")
	_, err = offline.OpenImporter(shared, nil)
	refused(err, "--nats")
	shut(t, open(t, shared, sqlite.Config{Shared: true}))

	local := open(t, rooms, sqlite.Config{})
	create(t, local, "go")
	shut(t, local)
	local = open(t, accounts, sqlite.Config{})
	if _, err := local.CreateAccount(t.Context(), account.Account{Name: proto.Name{Shown: "bob", Fold: "bob", Skeleton: "bob"}}); err != nil {
		t.Fatal(err)
	}
	shut(t, local)
	for _, dir := range []string{rooms, accounts} {
		_, err := sqlite.Open(dir, sqlite.Config{Shared: true})
		refused(err, "--nats")
		shut(t, open(t, dir, sqlite.Config{}))
	}

	shut(t, open(t, empty, sqlite.Config{}))
	shut(t, open(t, empty, sqlite.Config{Shared: true}))
	_, err = sqlite.Open(empty, sqlite.Config{})
	refused(err)
}
