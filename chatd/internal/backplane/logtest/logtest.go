// Package logtest tests what every backplane.Log promises.
package logtest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A Machine is a log, and the store that it has keep what it says.
type Machine struct {
	Log      backplane.Log
	Rooms    history.Reader
	Accounts account.Reader
}

// Test tests a log. open opens one that has nothing yet, for a test to close.
func Test(t *testing.T, open func(t *testing.T) Machine) {
	for name, test := range map[string]func(*testing.T, Machine){
		"posts are numbered and stored": numbersPosts,
		"many post at once":             numbersAtOnce,
		"whoever has an answer submits": submitsFromAnswer,
		"rooms":                         changesRooms,
		"unused rooms":                  dropsUnused,
		"accounts":                      changesAccounts,
		"keys of accounts":              changesKeys,
		"nobody else is asked":          asksNobody,
	} {
		t.Run(name, func(t *testing.T) {
			m := open(t)
			to := &alone{t: t}
			if err := m.Log.Start(to); err != nil {
				t.Fatal(err)
			}
			test(t, m)
			if told := to.rehashed.Load(); told != (m.Log.Shared() && name == "accounts") {
				t.Errorf("its own machine was told of another hash: %t", told)
			}
			if h := m.Log.Health(); h.Err() != nil {
				t.Errorf("the log is not well: %+v", h)
			}
			if err := m.Log.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// alone fails where something is delivered but ReplaceHash: nobody else writes to the log, and what
// its own machine has done it has a verdict of.
type alone struct {
	t        *testing.T
	rehashed atomic.Bool // ReplaceHash was delivered
}

func (a *alone) Deliver(applied []backplane.Applied) {
	for _, one := range applied {
		if _, told := one.Change.(*backplane.ReplaceHash); told {
			a.rehashed.Store(true)
			continue
		}
		a.t.Errorf("delivered %T: %+v", one.Change, one)
	}
}
func (a *alone) Ended(epoch uint64)                                { a.t.Errorf("epoch %d ended", epoch) }
func (a *alone) Fenced(uint64)                                     {}
func (a *alone) Answer(backplane.Question) (none backplane.Answer) { return none }
func (a *alone) HealthChanged(h backplane.Health)                  { a.t.Errorf("health: %+v", h) }

// Name returns the name of what is written so. What it is like does not matter here.
func Name(shown string) proto.Name { return proto.Name{Shown: shown, Fold: shown, Skeleton: shown} }

// do makes a change, and demands that it is refused with an error, or none.
func do(t *testing.T, m Machine, c backplane.Change, want error) backplane.Verdict {
	t.Helper()
	v := backplane.Do(m.Log, c)
	if !errors.Is(v.Err, want) || want == nil && v.Err != nil {
		t.Errorf("%T: %v, want %v", c, v.Err, want)
	}
	return v
}

func create(t *testing.T, m Machine, folds ...string) {
	t.Helper()
	for _, fold := range folds {
		do(t, m, &backplane.Create{Room: history.Room{Name: Name(fold), Maker: "bob", Made: time.Unix(1, 0)}, Origin: 7}, nil)
	}
}

// posts returns a change of posts.
func posts(fold string, texts ...string) *backplane.Posts {
	c := &backplane.Posts{Fold: fold}
	for _, text := range texts {
		c.Posts = append(c.Posts, history.Post{Time: time.Unix(int64(len(c.Posts)), 0), Kind: proto.MSG, Nick: "bob", Text: text})
		c.Authors = append(c.Authors, backplane.Author{Session: 1, Origin: 7})
	}
	return c
}

// texts returns the posts of a room, each with its number.
func texts(t *testing.T, m Machine, fold string) (all []string) {
	t.Helper()
	page, err := m.Rooms.Page(t.Context(), fold, 1, 1<<40, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range page.Posts {
		all = append(all, fmt.Sprint(p.Seq, " ", p.Text))
	}
	return all
}

func numbersPosts(t *testing.T, m Machine) {
	create(t, m, "go", "golf")
	next := map[string]uint64{"go": 1, "golf": 1}
	var last time.Time
	for i, fold := range []string{"go", "go", "golf", "go", "golf"} {
		c := posts(fold, slices.Repeat([]string{"x"}, i+1)...)
		do(t, m, c, nil)
		for _, p := range c.Posts {
			if p.Seq != next[fold] || m.Log.Shared() && p.Time.Before(last) {
				t.Errorf("room %s: a post is number %d of %v; want %d, not before %v", fold, p.Seq, p.Time, next[fold], last)
			}
			next[fold]++
			last = p.Time
		}
		if r, err := m.Rooms.Room(t.Context(), fold); r.Head != next[fold]-1 || err != nil {
			t.Errorf("room %s has %d posts, %v; want %d", fold, r.Head, err, next[fold]-1)
		}
	}
}

// numbersAtOnce has several write to rooms of their own, and compares what each was told with
// what is stored.
func numbersAtOnce(t *testing.T, m Machine) {
	var wg sync.WaitGroup
	for w := range 16 {
		fold := fmt.Sprint("room", w)
		create(t, m, fold)
		wg.Go(func() {
			var told []string
			for i := range 20 {
				c := posts(fold, fmt.Sprint("a", i), fmt.Sprint("b", i))
				do(t, m, c, nil)
				for _, p := range c.Posts {
					told = append(told, fmt.Sprint(p.Seq, " ", p.Text))
				}
			}
			if stored := texts(t, m, fold); !slices.Equal(told, stored) {
				t.Errorf("room %s: told %q, stored %q", fold, told, stored)
			}
		})
	}
	wg.Wait()
}

// submitsFromAnswer submits the next change in the answer to the one before.
func submitsFromAnswer(t *testing.T, m Machine) {
	create(t, m, "go")
	finished := make(chan error)
	var post func(left int)
	post = func(left int) {
		m.Log.Submit(posts("go", fmt.Sprint(left)), func(v backplane.Verdict) {
			if left == 0 || v.Err != nil {
				go func() { finished <- v.Err }() // not to wait in an answer
				return
			}
			post(left - 1)
		})
	}
	post(9)
	if err := <-finished; err != nil {
		t.Error(err)
	}
	if got := texts(t, m, "go"); len(got) != 10 || got[9] != "10 0" {
		t.Errorf("stored are %q", got)
	}
}

func changesRooms(t *testing.T, m Machine) {
	create(t, m, "go")
	do(t, m, &backplane.Create{Room: history.Room{Name: Name("go")}}, history.ErrExists)
	alike := Name("g0")
	alike.Skeleton = "go"
	do(t, m, &backplane.Create{Room: history.Room{Name: alike}}, history.ErrExists)
	do(t, m, &backplane.SetTopic{Fold: "go", Topic: "the topic", Nick: "ann"}, nil)
	do(t, m, &backplane.SetTopic{Fold: "none", Topic: "x", Nick: "ann"}, history.ErrNoRoom)
	do(t, m, posts("go", "one"), nil)
	r, err := m.Rooms.Room(t.Context(), "go")
	if r.Topic != "the topic" || r.TopicBy != "ann" || r.Maker != "bob" || !r.Made.Equal(time.Unix(1, 0)) || err != nil {
		t.Errorf("the room is %+v, %v", r, err)
	}
	do(t, m, &backplane.Drop{Fold: "go"}, nil)
	do(t, m, &backplane.Drop{Fold: "go"}, history.ErrNoRoom)
	if v := backplane.Do(m.Log, posts("go", "two")); v.Err == nil {
		t.Error("a post in a room that is dropped is taken")
	}
	create(t, m, "go")
	c := posts("go", "first again")
	if do(t, m, c, nil); c.Posts[0].Seq != 1 {
		t.Errorf("the new room's first post is number %d", c.Posts[0].Seq)
	}
}

func dropsUnused(t *testing.T, m Machine) {
	made := time.Unix(1000, 0)
	for _, fold := range []string{"unused", "used"} {
		do(t, m, &backplane.Create{Room: history.Room{Name: Name(fold), Made: made, Owner: history.Owner{Guest: true}}}, nil)
	}
	create(t, m, "kept")
	do(t, m, posts("used", "x"), nil)
	for _, fold := range []string{"used", "kept", "none"} {
		do(t, m, &backplane.DropUnused{Fold: fold, Before: made.Add(time.Second)}, history.ErrNoRoom)
	}
	do(t, m, &backplane.DropUnused{Fold: "unused", Before: made}, history.ErrNoRoom)
	do(t, m, &backplane.DropUnused{Fold: "unused", Before: made.Add(time.Second)}, nil)
	if _, err := m.Rooms.Room(t.Context(), "unused"); !errors.Is(err, history.ErrNoRoom) {
		t.Errorf("the room is still there: %v", err)
	}
}

func changesAccounts(t *testing.T, m Machine) {
	bob := do(t, m, &backplane.CreateAccount{Account: account.Account{Name: Name("bob"), Hash: "h1", Made: time.Unix(5, 0)}}, nil).Account
	ann := do(t, m, &backplane.CreateAccount{Account: account.Account{Name: Name("ann"), Hash: "h2"}}, nil).Account
	if bob.ID == 0 || ann.ID <= bob.ID {
		t.Errorf("the accounts have the IDs %d and %d", bob.ID, ann.ID)
	}
	do(t, m, &backplane.CreateAccount{Account: account.Account{Name: Name("bob")}}, account.ErrExists)
	do(t, m, &backplane.SetPassword{Fold: "bob", Hash: "h3"}, nil)
	do(t, m, &backplane.ReplaceHash{Fold: "bob", Old: "h1", Hash: "h4"}, nil)
	do(t, m, &backplane.Ignore{Fold: "bob", Nick: Name("eve")}, nil)
	do(t, m, &backplane.Ignore{Fold: "bob", Nick: Name("dan")}, nil)
	do(t, m, &backplane.Unignore{Fold: "bob", Nick: "eve"}, nil)
	got, err := m.Accounts.Account(t.Context(), "bob")
	if got.Hash != "h3" || got.ID != bob.ID || !slices.Equal(got.Ignored, []proto.Name{Name("dan")}) || err != nil {
		t.Errorf("the account is %+v, %v", got, err)
	}
	do(t, m, &backplane.Release{Fold: "bob", At: time.Now()}, nil)
	for _, c := range []backplane.Change{
		&backplane.SetPassword{Fold: "bob"}, &backplane.ReplaceHash{Fold: "bob"}, &backplane.Ignore{Fold: "bob"}, &backplane.Unignore{Fold: "bob"}, &backplane.Release{Fold: "bob"},
	} {
		do(t, m, c, account.ErrNoAccount)
	}
	do(t, m, &backplane.CreateAccount{Account: account.Account{Name: Name("bob")}}, account.ErrExists)
}

func changesKeys(t *testing.T, m Machine) {
	for _, nick := range []string{"bob", "ann"} {
		do(t, m, &backplane.CreateAccount{Account: account.Account{Name: Name(nick)}}, nil)
		do(t, m, &backplane.AddKey{Fold: nick, Key: account.Key{Fingerprint: "k", Kind: "ssh"}}, nil)
	}
	do(t, m, &backplane.ProveKey{Fold: "bob", Fingerprint: "other"}, account.ErrNoKey)
	do(t, m, &backplane.ProveKey{Fold: "bob", Fingerprint: "k"}, nil)
	do(t, m, &backplane.ProveKey{Fold: "ann", Fingerprint: "k"}, account.ErrKeyTaken)
	if a, err := m.Accounts.AccountOfKey(t.Context(), "k"); a.Name != Name("bob") || err != nil {
		t.Errorf("the key is of %+v, %v", a, err)
	}
	do(t, m, &backplane.RemoveKey{Fold: "bob", Fingerprint: "other"}, account.ErrNoKey)
	do(t, m, &backplane.RemoveKey{Fold: "bob", Fingerprint: "k"}, account.ErrLastProof)
	do(t, m, &backplane.AddKey{Fold: "bob", Key: account.Key{Fingerprint: "k2", Kind: "ssh"}}, nil)
	do(t, m, &backplane.RemoveKey{Fold: "bob", Fingerprint: "k"}, nil)
	do(t, m, &backplane.ProveKey{Fold: "ann", Fingerprint: "k"}, nil)
}

func asksNobody(t *testing.T, m Machine) {
	if a, err := m.Log.Ask(t.Context(), 77, backplane.Question{Verb: "TELL"}); !errors.Is(err, backplane.ErrNoMachine) {
		t.Errorf("a machine that there is not answers %+v, %v", a, err)
	}
}
