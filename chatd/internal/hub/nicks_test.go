package hub

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"linechat/chatd/proto"
)

// A person is a User.
type person struct{ name string }

func (*person) Tell(context.Context, string, string) error { return nil }
func (*person) ID() uint64                                 { return 0 }
func (*person) Replace() <-chan struct{}                   { return nil }
func (*person) End()                                       {}
func (*person) LoseNick(string)                            {}
func (*person) Dropped(*Member)                            {}
func (*person) Notice(string)                              {}

// holderOf returns the one person that holds a nick, or nil, and how it is shown.
func holderOf(users *Users, fold string) (*person, string) {
	all, shown, _ := users.Lookup(fold)
	if len(all) != 1 {
		return nil, shown
	}
	return all[0].(*person), shown
}

func parseNick(t *testing.T, s string) proto.Name {
	t.Helper()
	if s == "" {
		return proto.Name{}
	}
	name, err := proto.ParseNick(s)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestClaim(t *testing.T) {
	a, b := &person{"a"}, &person{"b"}
	type step struct {
		who       *person
		old, nick string
		key       string
		rival     *person
		err       error
	}
	for _, test := range []struct {
		name  string
		steps []step
		held  map[string]*person // by fold, in the end
	}{
		{"two nicks", []step{{a, "", "Alice", "", nil, nil}, {b, "", "Bob", "", nil, nil}},
			map[string]*person{"alice": a, "bob": b}},
		{"a nick in use", []step{{a, "", "Alice", "", nil, nil}, {b, "", "aLICE", "", nil, ErrNickTaken}},
			map[string]*person{"alice": a}},
		{"one that looks like it", []step{{a, "", "rnolly", "", nil, nil}, {b, "", "moIIy", "", nil, ErrNickTaken}},
			map[string]*person{"rnolly": a, "moiiy": nil}},
		{"one that only folds like it", []step{{a, "", "Lab", "", nil, nil}, {b, "", "lab", "", nil, ErrNickTaken}},
			map[string]*person{"lab": a}},
		{"rename", []step{{a, "", "alice", "", nil, nil}, {a, "alice", "bob", "", nil, nil}, {b, "", "alice", "", nil, nil}},
			map[string]*person{"bob": a, "alice": b}},
		{"rename to another case", []step{{a, "", "lab", "", nil, nil}, {a, "lab", "Lab", "", nil, nil}, {b, "", "iab", "", nil, nil}},
			map[string]*person{"lab": a, "iab": b}},
		{"rename to a look-alike of one's own", []step{{a, "", "lab", "", nil, nil}, {a, "lab", "iab", "", nil, nil}, {b, "", "lab", "", nil, ErrNickTaken}},
			map[string]*person{"iab": a, "lab": nil}},
		{"a rename that is refused", []step{{a, "", "alice", "", nil, nil}, {b, "", "bob", "", nil, nil}, {b, "bob", "a1ice", "", nil, ErrNickTaken}},
			map[string]*person{"alice": a, "bob": b}},
		{"the key", []step{{a, "", "alice", "key", nil, nil}, {b, "", "Alice", "key", a, nil}},
			map[string]*person{"alice": a}},
		{"another key", []step{{a, "", "alice", "key", nil, nil}, {b, "", "alice", "KEY", nil, ErrWrongKey}},
			map[string]*person{"alice": a}},
		{"no key", []step{{a, "", "alice", "key", nil, nil}, {b, "", "alice", "", nil, ErrNickTaken}},
			map[string]*person{"alice": a}},
		{"a key for a nick without", []step{{a, "", "alice", "", nil, nil}, {b, "", "alice", "key", nil, ErrNickTaken}},
			map[string]*person{"alice": a}},
		{"neither has a key", []step{{a, "", "alice", "", nil, nil}, {b, "", "alice", "", nil, ErrNickTaken}},
			map[string]*person{"alice": a}},
		{"the key for a look-alike", []step{{a, "", "alice", "key", nil, nil}, {b, "", "a1ice", "key", nil, ErrNickTaken}},
			map[string]*person{"alice": a}},
		{"a new key", []step{{a, "", "alice", "old", nil, nil}, {a, "alice", "alice", "new", nil, nil}, {b, "", "alice", "old", nil, ErrWrongKey}, {b, "", "alice", "new", a, nil}},
			map[string]*person{"alice": a}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var users Users
			for i, s := range test.steps {
				rival, err := users.Claim(s.who, parseNick(t, s.nick), s.key)
				if s.old != "" && s.old != s.nick && err == nil {
					users.Release(s.who, parseNick(t, s.old))
				}
				if got, _ := rival.(*person); got != s.rival || err != s.err {
					t.Errorf("step %d: rival %v, %v; want %v, %v", i, rival, err, s.rival, s.err)
				}
			}
			for fold, want := range test.held {
				if u, _ := holderOf(&users, fold); u != want {
					t.Errorf("%s is %v, want %v", fold, u, want)
				}
			}
		})
	}
}

func TestNickIsFreeWhenItIsReleased(t *testing.T) {
	var users Users
	a, b := &person{"a"}, &person{"b"}
	alice, a1ice := parseNick(t, "Alice"), parseNick(t, "a1ice")
	for _, step := range []struct {
		who  *person
		nick proto.Name
	}{{a, alice}, {b, a1ice}, {a, alice}} {
		if rival, err := users.Claim(step.who, step.nick, "key"); rival != nil || err != nil {
			t.Fatalf("%s: %v, %v", step.nick.Shown, rival, err)
		}
		if u, shown := holderOf(&users, step.nick.Fold); u != step.who || shown != step.nick.Shown {
			t.Errorf("%s is %v, shown %s", step.nick.Shown, u, shown)
		}
		users.Release(step.who, step.nick)
		if all, shown, err := users.Lookup(step.nick.Fold); all != nil || shown != "" || err != ErrNoUser {
			t.Errorf("%s is %v, shown %s, after its release", step.nick.Shown, all, shown)
		}
	}
}

func TestOneOfManyGetsTheNick(t *testing.T) {
	var users Users
	var got atomic.Int32
	var wg sync.WaitGroup
	for i := range 8 {
		nick := parseNick(t, []string{"alice", "Alice", "a1ice", "aIice"}[i%4])
		wg.Go(func() {
			if _, err := users.Claim(&person{fmt.Sprint(i)}, nick, ""); err == nil {
				got.Add(1)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 {
		t.Errorf("%d got it", got.Load())
	}
}
