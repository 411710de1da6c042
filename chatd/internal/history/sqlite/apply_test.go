package sqlite_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

// openCopy opens a store that is shared.
func openCopy(t testing.TB, dir string) (*sqlite.Store, *sqlite.Copy) {
	t.Helper()
	s := open(t, dir, sqlite.Config{Shared: true})
	return s, s.Copy()
}

func apply(t testing.TB, c *sqlite.Copy, results ...machine.Result) {
	t.Helper()
	if err := c.Apply(results); err != nil {
		t.Fatal(err)
	}
}

// result is what came of a record in which all was applied.
func result(seq uint64, items ...machine.Item) machine.Result {
	puts := []machine.KV{{Key: []byte("P"), Value: fmt.Append(nil, seq)}}
	return machine.Result{Seq: seq, Time: at(seq), Epoch: 1, N: seq, Items: items, Puts: puts}
}

func created(name string) machine.Item {
	n := proto.Name{Shown: name, Fold: name, Skeleton: name}
	return machine.Item{Change: &backplane.Create{Room: history.Room{Name: n, Topic: "about " + name, Maker: "alice", Made: noon}}}
}

// posted is posts in a room, from number first on.
func posted(fold string, first uint64, texts ...string) machine.Item {
	list := posts(first, texts...)
	return machine.Item{Change: &backplane.Posts{Fold: fold, Posts: list}, Stored: list}
}

func refused(change backplane.Change, err error) machine.Item {
	return machine.Item{Change: change, Verdict: backplane.Verdict{Err: err}}
}

func done(change backplane.Change) machine.Item { return machine.Item{Change: change} }

// equal has two copies, of which one may be open, hold the same after the same record.
func equal(t *testing.T, dir, other string) {
	t.Helper()
	if c := compared(t, dir, other); !c.OK() || c.Applied[0] != c.Applied[1] {
		t.Errorf("after records %d and %d: %q", c.Applied[0], c.Applied[1], c.Problems)
	}
}

// hashOf is what a hash of a password looks like.
func hashOf(word string) string {
	sum := sha256.Sum256([]byte(word))
	return "$argon2id$v=19$m=19456,t=2,p=1$QhpcXyWuuAzES0kb6Iib5A$" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// records are results of all kinds.
func records() []machine.Result {
	bob := account.Account{ID: 7, Name: proto.Name{Shown: "Bob", Fold: "bob", Skeleton: "bob"}, Hash: hashOf("old"), Made: noon, Keys: []account.Key{{Fingerprint: "one", Kind: "ssh", Added: noon, Proved: true}}}
	again := bob
	again.ID, again.Hash, again.Keys = 9, hashOf("again"), nil
	made := func(a account.Account) machine.Item {
		return machine.Item{Change: &backplane.CreateAccount{Account: account.Account{Name: a.Name}}, Verdict: backplane.Verdict{Account: &a}}
	}
	imported := history.Room{Name: proto.Name{Shown: "old", Fold: "old", Skeleton: "old"}, Made: noon, First: 500, Last: at(499)}
	mallory := proto.Name{Shown: "mallory", Fold: "mallory", Skeleton: "mallory"}
	key := account.Key{Fingerprint: "two", Kind: "tls", Added: at(9)}
	changed := func(seq uint64, changes ...backplane.Change) machine.Result {
		var items []machine.Item
		for _, c := range changes {
			items = append(items, done(c))
		}
		return result(seq, items...)
	}
	repeat := posted("go", 3)
	repeat.Change = &backplane.Posts{Fold: "go", Posts: posts(1, "one")}
	list := []machine.Result{
		result(1, created("go"), created("golf"), created("unused"), refused(&backplane.Create{Room: history.Room{Name: imported.Name}}, backplane.ErrTooManyRooms)),
		result(2, posted("go", 1, "one", "two words"), posted("golf", 1, "ball"), repeat, refused(&backplane.SetTopic{Fold: "go", Topic: "no"}, history.ErrNoRoom)),
		{Seq: 3, Outcome: machine.Hole},
		result(4, done(&backplane.SetTopic{Fold: "go", Topic: "generics", Nick: "carol"}), posted("go", 3, "three")),
		result(5, done(&backplane.Drop{Fold: "golf"}), created("golf"), posted("golf", 1, "another ball"), done(&backplane.DropUnused{Fold: "unused"})),
		result(6, done(&backplane.Import{Room: imported}), machine.Item{Change: &backplane.Import{Room: history.Room{Name: imported.Name}, Posts: posts(500, "was", "here")}, Stored: posts(500, "was", "here")}),
		result(7, made(bob)),
		changed(8, &backplane.SetPassword{Fold: "bob", Hash: hashOf("new")}, &backplane.ReplaceHash{Fold: "bob", Old: hashOf("old"), Hash: hashOf("never")}, &backplane.ReplaceHash{Fold: "bob", Old: hashOf("new"), Hash: hashOf("newest")}),
		changed(9, &backplane.AddKey{Fold: "bob", Key: key}, &backplane.ProveKey{Fold: "bob", Fingerprint: "two"}, &backplane.RemoveKey{Fold: "bob", Fingerprint: "one"}, &backplane.Ignore{Fold: "bob", Nick: mallory}),
		changed(10, &backplane.Unignore{Fold: "bob", Nick: "mallory"}, &backplane.Join{Session: 1, Fold: "go"}),
		changed(11, &backplane.Release{Fold: "bob", At: noon}),
		result(12, made(again)),
	}
	list[4].Puts = append(list[4].Puts, machine.KV{Key: []byte("K1"), Value: []byte{}}, machine.KV{Key: []byte("K2"), Value: []byte("v")})
	list[5].Puts = append(list[5].Puts, machine.KV{Key: []byte("K2")})
	return list
}

func TestApplyStoresWhatTheLogDecided(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, c := openCopy(t, dir)
	list := records()
	apply(t, c, list[:10]...)
	has(t, s, "go", posts(1, "one", "two words", "three"))
	has(t, s, "golf", posts(1, "another ball"))
	has(t, s, "old", posts(500, "was", "here"))
	if r := load(t, s, "go"); r.Topic != "generics" || r.TopicBy != "carol" || r.Maker != "alice" || r.Head != 3 {
		t.Errorf("room go is %+v", r)
	}
	if r := load(t, s, "old"); r.First != 500 || r.Head != 501 {
		t.Errorf("room old is %+v", r)
	}
	if _, err := s.Room(t.Context(), "unused"); !errors.Is(err, history.ErrNoRoom) {
		t.Errorf("the unused room: %v", err)
	}
	if got := find(t, s, "go", "words"); !slices.Equal(got, []uint64{2}) {
		t.Errorf("found %v", got)
	}
	bob, err := s.AccountOfKey(t.Context(), "two")
	if err != nil || bob.ID != 7 || bob.Hash != hashOf("newest") || len(bob.Keys) != 1 || len(bob.Ignored) != 0 {
		t.Errorf("the account is %+v, %v", bob, err)
	}
	if values := valuesOf(t, c); values != "K1= P=10 " {
		t.Errorf("the values are %q", values)
	}
	apply(t, c, list[10])
	if _, err := s.Account(t.Context(), "bob"); !errors.Is(err, account.ErrNoAccount) {
		t.Errorf("the account that was given up: %v", err)
	}
	apply(t, c, list[11])
	if a, err := s.Account(t.Context(), "bob"); err != nil || a.ID != 9 || a.Hash != hashOf("again") || len(a.Keys) != 0 {
		t.Errorf("the account of the same name is %+v, %v", a, err)
	}
	if c.Applied() != 12 {
		t.Errorf("%d records are applied", c.Applied())
	}
	r, err := offline.CheckDir(t.Context(), dir, nil)
	sound(t, r, err)
}

func valuesOf(t *testing.T, c *sqlite.Copy) (text string) {
	t.Helper()
	err := c.Values(func(key, value []byte) error {
		text += fmt.Sprintf("%s=%s ", key, value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestApplyPassesOverWhatIsStored applies the records in batches that overlap.
func TestApplyPassesOverWhatIsStored(t *testing.T) {
	t.Parallel()
	whole, dir := t.TempDir(), t.TempDir()
	_, c := openCopy(t, whole)
	apply(t, c, records()...)
	s, c := openCopy(t, dir)
	for i := range records() {
		apply(t, c, records()[max(0, i-2):i+1]...)
		if got := c.Applied(); got != uint64(i+1) {
			t.Errorf("%d records are applied, want %d", got, i+1)
		}
		if i == 6 { // and goes on where it was
			shut(t, s)
			s, c = openCopy(t, dir)
		}
	}
	equal(t, whole, dir)
}

// killed returns what a process that is killed between two transactions leaves of a store.
func killed(t *testing.T, s *sqlite.Store, dir string) (left string) {
	t.Helper()
	defer s.Hold()()
	return crash(t, dir, sqlite.DBFile, sqlite.DBFile+"-wal")
}

// TestCopyOutlastsACrash has it go on, after each batch, from what a process that is killed
// there leaves.
func TestCopyOutlastsACrash(t *testing.T) {
	t.Parallel()
	whole, dir := t.TempDir(), t.TempDir()
	_, c := openCopy(t, whole)
	apply(t, c, records()...)
	s, c := openCopy(t, dir)
	for i := range records() {
		left := killed(t, s, dir)
		_, other := openCopy(t, left)
		if got := other.Applied(); got != uint64(i) {
			t.Errorf("%d records are applied, want %d", got, i)
		}
		apply(t, other, records()...)
		equal(t, whole, left)
		apply(t, c, records()[i])
	}
}

// TestApplyIsTriedAgain has commits fail, in ways that leave something and nothing.
func TestApplyIsTriedAgain(t *testing.T) {
	t.Parallel()
	whole := t.TempDir()
	_, c := openCopy(t, whole)
	apply(t, c, records()...)
	for name, test := range map[string]struct {
		spoil func(*testing.T, *gate, *sqlite.Store)
		want  error
	}{
		"fails":     {func(_ *testing.T, g *gate, _ *sqlite.Store) { g.fail(true) }, history.ErrUnknown},
		"is stored": {func(_ *testing.T, g *gate, _ *sqlite.Store) { g.tear() }, history.ErrUnknown},
		"full": {func(t *testing.T, _ *gate, s *sqlite.Store) {
			if _, err := s.Pragma("max_page_count=1"); err != nil {
				t.Fatal(err)
			}
		}, history.ErrFull},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			g := gated(t, dir)
			s, c := openCopy(t, dir)
			list := records()
			list[1].Items = append(list[1].Items, posted("go", 3, strings.Repeat("x", 100<<10)))
			list[3].Items[1] = posted("go", 4, "three")
			apply(t, c, list[0])
			test.spoil(t, g, s)
			if err := c.Apply(list); !errors.Is(err, test.want) {
				t.Fatalf("%v, want %v", err, test.want)
			}
			if got := c.Applied(); got != 1 {
				t.Errorf("%d records are applied, want 1", got)
			}
			g.fail(false)
			for err := errors.New("not yet"); err != nil; {
				err = c.Apply(list)
			}
			other := t.TempDir()
			_, c = openCopy(t, other)
			apply(t, c, list...)
			equal(t, other, dir)
		})
	}
}

// TestCopyThatDisagreesIsRefused applies what cannot be: nothing of it is stored.
func TestCopyThatDisagreesIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, c := openCopy(t, dir)
	apply(t, c, records()...)
	carol := account.Account{ID: 9, Name: proto.Name{Shown: "carol", Fold: "carol", Skeleton: "carol"}}
	for name, item := range map[string]machine.Item{
		"a room that exists":  created("go"),
		"no such room":        done(&backplane.SetTopic{Fold: "missing"}),
		"posts of no room":    posted("missing", 1, "one"),
		"a number twice":      posted("go", 3, "three"),
		"a number left out":   posted("go", 6, "six"),
		"no such account":     done(&backplane.SetPassword{Fold: "missing"}),
		"an id that is taken": {Change: &backplane.CreateAccount{}, Verdict: backplane.Verdict{Account: &carol}},
	} {
		err := c.Apply([]machine.Result{result(13, posted("go", 4, "four"), item)})
		if !errors.Is(err, machine.ErrDisagrees) || !strings.Contains(err.Error(), "record 13") {
			t.Errorf("%s: %v, want ErrDisagrees", name, err)
		}
		for err != nil {
			_, err = s.Pragma("user_version")
		}
		if c.Applied() != 12 || load(t, s, "go").Head != 3 {
			t.Errorf("%s: %d records are applied, and room go is %+v", name, c.Applied(), load(t, s, "go"))
		}
	}
	if err := c.Apply([]machine.Result{result(14)}); !errors.Is(err, machine.ErrDisagrees) {
		t.Errorf("a record that is missing: %v, want ErrDisagrees", err)
	}
	for err := errors.New("not yet"); err != nil; {
		err = c.Apply([]machine.Result{result(13, posted("go", 4, "four"))})
	}
	has(t, s, "go", posts(1, "one", "two words", "three", "four"))
}

// TestRoomThatIsDroppedInDoubtIsForgotten has the drop of a room be stored, and said to fail.
func TestRoomThatIsDroppedInDoubtIsForgotten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := gated(t, dir)
	s, c := openCopy(t, dir)
	apply(t, c, records()[:4]...)
	g.tear()
	for err := c.Apply(records()[:5]); err != nil; {
		err = c.Apply(records()[:5])
	}
	if err := s.Gone(t.Context()); err != nil {
		t.Error(err)
	}
	if n := number(t, rawConn(t, dir, sqlite.DBFile), "SELECT count(*) FROM post WHERE text = 'ball'"); n != 0 {
		t.Errorf("%d posts of the room are left", n)
	}
}
