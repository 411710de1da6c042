package sqlite_test

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/backplane/machine/machinetest"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
)

// follow applies entries of a log to a state, and returns what came of them. seq is the
// position of the first.
func follow(t *testing.T, s *machine.State, log []machinetest.Entry, seq uint64) []machine.Result {
	t.Helper()
	var results []machine.Result
	for i, e := range log {
		res, err := s.Apply(seq+uint64(i), e.Time, e.Record)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, res)
	}
	return results
}

// dump writes down what a copy has, but for its posts.
func dump(t *testing.T, src machine.Source) string {
	t.Helper()
	var lines []string
	add := func(format string, args ...any) error {
		lines = append(lines, fmt.Sprintf(format, args...))
		return nil
	}
	err := cmp.Or(
		src.Values(func(key, value []byte) error { return add("%x: %x", key, value) }),
		src.Rooms(func(r history.Room) error {
			r.First, r.Made, r.Last = 0, r.Made.UTC(), r.Last.UTC() // retention has a First of its own
			return add("%+v", r)
		}),
		src.Accounts(func(a account.Account) error {
			a.Made, a.Released = a.Made.UTC(), a.Released.UTC()
			for i := range a.Keys {
				a.Keys[i].Added = a.Keys[i].Added.UTC()
			}
			slices.SortFunc(a.Keys, func(a, b account.Key) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
			return add("%+v", a)
		}))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// TestCopyIsTheStateOfTheLog applies random logs, and loads the state anew after each record:
// it has what the state in memory has stored, whatever retention has taken, and makes the same
// of all that follows.
func TestCopyIsTheStateOfTheLog(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			log := machinetest.Log(seed, 100)
			s, c := openCopy(t, t.TempDir())
			s.SetRetain(sqlite.Retain{Posts: 2})
			live, memory, whole := machine.New(), &machinetest.Copy{}, machine.New()
			follow(t, whole, log, 1)
			for i := range log {
				results := follow(t, live, log[i:i+1], uint64(i+1))
				apply(t, c, results...)
				if err := errors.Join(memory.Apply(results[0]), s.Keep(t.Context())); err != nil {
					t.Fatal(err)
				}
				if got, want := dump(t, c), dump(t, memory); got != want {
					t.Fatalf("after record %d it has\n%s\nwant\n%s", i+1, got, want)
				}
				loaded, err := machine.Load(c)
				if err != nil {
					t.Fatal(err)
				}
				follow(t, loaded, log[i+1:], uint64(i+2))
				if loaded.Hash() != whole.Hash() {
					t.Fatalf("loaded after record %d it makes something else of what follows", i+1)
				}
			}
			err := memory.Rooms(func(r history.Room) error {
				want := memory.Posts(r.Name.Fold)
				want = want[max(0, len(want)-2):]
				if got := all(t, s, r.Name.Fold).Posts; !slices.EqualFunc(got, want, samePost) {
					t.Errorf("room %s has %s, want %s", r.Name.Fold, show(got), show(want))
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func samePost(a, b history.Post) bool {
	same := a.Time.Equal(b.Time)
	a.Time = b.Time
	return same && a == b
}

// TestCopyIsTheSameWhateverFails applies random logs in batches, of which some fail, some are
// stored though they are said to fail, and some are the last before the process is killed.
func TestCopyIsTheSameWhateverFails(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			results := follow(t, machine.New(), machinetest.Log(seed, 200), 1)
			whole, dir := t.TempDir(), t.TempDir()
			_, c := openCopy(t, whole)
			apply(t, c, results...)
			g := gated(t, dir)
			s, c := openCopy(t, dir)
			for left := results; len(left) > 0; left = results[c.Applied():] {
				switch rng.IntN(6) {
				case 0:
					g.fail(true)
				case 1:
					g.tear()
				case 2:
					dir = killed(t, s, dir)
					g = gated(t, dir)
					s, c = openCopy(t, dir)
				}
				_ = c.Apply(left[:1+rng.IntN(min(20, len(left)))]) // if it fails it is tried again
				g.fail(false)
			}
			equal(t, whole, dir)
		})
	}
}
