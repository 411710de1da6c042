package account

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"linechat/chatd/proto"
)

// newAccounts returns Accounts in memory with alice, whose password is "open sesame" in a
// hash of the given cost.
func newAccounts(t *testing.T, c cost) *Accounts {
	t.Helper()
	as := New(new(Memory))
	name, err := proto.ParseNick("alice")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := as.CreateAccount(t.Context(), Account{Name: name, Hash: hash("open sesame", c)}); err != nil {
		t.Fatal(err)
	}
	return as
}

func TestLogin(t *testing.T) {
	as := newAccounts(t, today)
	if a, err := as.Login(t.Context(), "here", "alice", "open sesame"); err != nil || a.Name.Shown != "alice" {
		t.Errorf("with the right password: %v, %v", a, err)
	}
	for _, guess := range [][2]string{{"alice", "open sesamE"}, {"alice", "short"}, {"alice", ""}, {"bob", "open sesame"}} {
		if _, err := as.Login(t.Context(), "here", guess[0], guess[1]); err != ErrBadLogin {
			t.Errorf("%s with the password %q: %v", guess[0], guess[1], err)
		}
	}
}

// Whatever is wrong with a login, it waits for its turn and takes one hash, so that time
// does not tell which names there are.
func TestEachLoginTakesOneHash(t *testing.T) {
	for _, guess := range [][2]string{{"alice", "open sesamE"}, {"alice", "short"}, {"bob", "open sesame"}, {"alice", "open sesame"}} {
		synctest.Test(t, func(t *testing.T) {
			as := newAccounts(t, today)
			as.hasher.max = 1
			for range 2 { // the first turn is held here, and the login's is the second
				if _, err := as.hasher.enter("held", 0); err != nil {
					t.Fatal(err)
				}
			}
			done := make(chan bool)
			go func() {
				_, _ = as.Login(t.Context(), "here", guess[0], guess[1])
				close(done)
			}()
			synctest.Wait()
			as.hasher.leave("held") // the second caller has its turn
			if as.hasher.waiting != 1 {
				t.Errorf("login of %s with %q does not wait for its turn", guess[0], guess[1])
			}
			third, err := as.hasher.enter("held", 0)
			if err != nil {
				t.Fatal(err)
			}
			as.hasher.leave("held")
			<-done
			select {
			case <-third:
			default:
				t.Errorf("login of %s with %q takes more than one hash", guess[0], guess[1])
			}
			as.hasher.leave("held")
		})
	}
}

// A countingStore counts how often an account is asked for.
type countingStore struct {
	Memory
	asked int
}

func (s *countingStore) Account(ctx context.Context, fold string) (Account, error) {
	s.asked++
	return s.Memory.Account(ctx, fold)
}

// A login for which too many others wait costs the store nothing: a thousand of them at
// once were felt by everybody.
func TestLoginThatIsRefusedDoesNotAskTheStore(t *testing.T) {
	store := new(countingStore)
	as := New(store)
	for n := range as.hasher.max + maxWaiting {
		if _, err := as.hasher.enter(fmt.Sprint(n), 0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := as.Login(t.Context(), "here", "alice", "open sesame"); err != ErrBusy {
		t.Errorf("it ends with %v", err)
	}
	if store.asked != 0 {
		t.Errorf("the store was asked %d times", store.asked)
	}
}

// A login raises what the hash costs, and a wrong password does not.
func TestLoginRaisesTheCost(t *testing.T) {
	as := newAccounts(t, little)
	kept := func() string {
		a, err := as.Account(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		return a.Hash
	}
	before := kept()
	if _, err := as.Login(t.Context(), "here", "alice", "a wrong one"); err != ErrBadLogin || kept() != before {
		t.Errorf("a wrong password: %v, and the hash is another: %t", err, kept() != before)
	}
	if _, err := as.Login(t.Context(), "here", "alice", "open sesame"); err != nil {
		t.Fatal(err)
	}
	if ok, outdated := verify(kept(), "open sesame"); !ok || outdated {
		t.Errorf("after a login the password is right: %t, and its cost outdated: %t", ok, outdated)
	}
}

// A login that raises the cost leaves a password alone that was changed meanwhile.
func TestRaisingTheCostKeepsANewPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		as := newAccounts(t, little)
		as.hasher.max = 1
		enter := func() (turn chan bool) {
			turn, err := as.hasher.enter("held", originTries) // and so after the login
			if err != nil {
				t.Fatal(err)
			}
			return turn
		}
		<-enter()
		done := make(chan error)
		go func() {
			_, err := as.Login(t.Context(), "here", "alice", "open sesame")
			done <- err
		}()
		synctest.Wait() // the login waits to check the password
		turn := enter()
		as.hasher.leave("held")
		<-turn
		synctest.Wait() // and now to hash it again
		if err := as.SetPassword(t.Context(), "alice", hash("another one", today)); err != nil {
			t.Fatal(err)
		}
		as.hasher.leave("held")
		if err := <-done; err != nil {
			t.Error(err)
		}
		if _, err := as.Login(t.Context(), "here", "alice", "another one"); err != nil {
			t.Errorf("the new password: %v", err)
		}
	})
}

// A stranger's guesses slow nobody down but whoever guesses from there.
func TestGuessesDoNotLockTheOwnerOut(t *testing.T) {
	as := newAccounts(t, today)
	var wait *WaitError
	var err error
	for range nameTries + 1 {
		_, err = as.Login(t.Context(), "elsewhere", "alice", "a guess, wrong")
	}
	if !errors.As(err, &wait) || wait.Wait <= 0 {
		t.Errorf("after %d guesses: %v", nameTries, err)
	}
	if _, err := as.Login(t.Context(), "elsewhere", "alice", "open sesame"); !errors.As(err, &wait) {
		t.Errorf("the right password is tried before the wait is over: %v", err)
	}
	if _, err := as.Login(t.Context(), "here", "alice", "open sesame"); err != nil {
		t.Errorf("the owner's login from another address: %v", err)
	}
}

// Strangers at many addresses whose guesses are all that can wait do not keep the owner out,
// who has guessed nothing.
func TestGuessesOfManyGiveWayToTheOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		as := newAccounts(t, little)
		as.hasher.max = 1
		if _, err := as.hasher.enter("held", 0); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var guesses sync.WaitGroup
		for n := range maxWaiting {
			stranger := fmt.Sprint("stranger ", n)
			as.guard.wrong(stranger, "alice", 1)
			guesses.Go(func() { _, _ = as.Login(ctx, stranger, "alice", "a guess, wrong") })
		}
		synctest.Wait()
		as.guard.wrong("another stranger", "alice", 1)
		if _, err := as.Login(ctx, "another stranger", "alice", "a guess, wrong"); err != ErrBusy {
			t.Errorf("one guess more than can wait: %v", err)
		}
		var owner error
		guesses.Go(func() { _, owner = as.Login(t.Context(), "here", "alice", "open sesame") })
		synctest.Wait()
		cancel()
		as.hasher.leave("held")
		guesses.Wait()
		if owner != nil {
			t.Errorf("the owner's login: %v", owner)
		}
	})
}

// A login that is given up, or finds too many others waiting, is no guess.
func TestLoginThatIsNotTriedIsNoGuess(t *testing.T) {
	as := newAccounts(t, today)
	as.hasher.max = 1
	if _, err := as.hasher.enter("held", 0); err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * originTries {
		if _, err := as.Login(ended, "here", "alice", "open sesame"); err != context.Canceled {
			t.Fatal(err)
		}
	}
	as.hasher.leave("held")
	if _, err := as.Login(t.Context(), "here", "alice", "open sesame"); err != nil {
		t.Error(err)
	}
}

func TestRegister(t *testing.T) {
	as := newAccounts(t, little)
	bob, err := proto.ParseNick("bob")
	if err != nil {
		t.Fatal(err)
	}
	var refused *PasswordError
	if _, err := as.Register(t.Context(), "here", Account{Name: bob}, "short", Key{}); !errors.As(err, &refused) {
		t.Errorf("with a password that is too short: %v", err)
	}
	key := Key{Kind: "ssh", Fingerprint: "SHA256:x"}
	a, err := as.Register(t.Context(), "here", Account{Name: bob}, "", key)
	if err != nil || a.Hash != "" || len(a.Keys) != 1 || a.Keys[0].Added.IsZero() {
		t.Errorf("with a key alone: %+v, %v", a, err)
	}
	if _, err := as.Login(t.Context(), "here", "bob", ""); err != ErrBadLogin {
		t.Errorf("the empty password of an account without one: %v", err)
	}
	if err := as.ChangePassword(t.Context(), "here", "bob", "long enough"); err != nil {
		t.Fatal(err)
	}
	if _, err := as.Login(t.Context(), "here", "bob", "long enough"); err != nil {
		t.Error(err)
	}
}
