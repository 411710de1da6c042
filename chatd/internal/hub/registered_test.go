package hub

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

func byPassword(proof string) bool { return proof == "" }

// claim gives a guest a nick that must be free.
func claim(t *testing.T, users *Users, u User, nick string) proto.Name {
	t.Helper()
	name := parseNick(t, nick)
	if rival, err := users.Claim(u, name, ""); rival != nil || err != nil {
		t.Fatalf("%s: %v, %v", nick, rival, err)
	}
	return name
}

// logIn logs in a session that holds no nick.
func logIn(t *testing.T, users *Users, u User, name proto.Name, proof string) {
	t.Helper()
	if rival, err := users.Login(u, name, proof, users.Version(name.Fold)); rival != nil || err != nil {
		t.Fatalf("%v logs in: %v, %v", u, rival, err)
	}
}

func wantUsers(t *testing.T, users *Users, fold string, want ...User) {
	t.Helper()
	if got, _, _ := users.Lookup(fold); !slices.Equal(got, want) {
		t.Errorf("%s is %v, want %v", fold, got, want)
	}
}

func TestReservedNickIsRefusedInEveryForm(t *testing.T) {
	var users Users
	users.Reserve(parseNick(t, "Iris"), time.Time{})
	for _, nick := range []string{"Iris", "iris", "IRIS", "lris"} {
		if _, err := users.Claim(&person{"a"}, parseNick(t, nick), "key"); err != ErrNickRegistered {
			t.Errorf("%s: %v", nick, err)
		}
	}
	claim(t, &users, &person{"a"}, "irma")
}

func TestReleasedNickIsReservedForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var users Users
		name := parseNick(t, "alice")
		users.Reserve(name, time.Now().Add(time.Hour))
		for _, nick := range []string{"alice", "a1ice"} {
			if _, err := users.Claim(&person{"a"}, parseNick(t, nick), ""); err != ErrNickRegistered {
				t.Errorf("%s: %v", nick, err)
			}
		}
		if v := users.Version("alice"); v != 0 {
			t.Errorf("a released name has the version %d", v)
		}
		<-time.After(time.Hour)
		claim(t, &users, &person{"a"}, "a1ice")
	})
}

func TestSessionsOfAnAccountShareItsNick(t *testing.T) {
	var users Users
	a, b := &person{"a"}, &person{"b"}
	alice := claim(t, &users, a, "alice")
	if err := users.Register(a, alice, ""); err != nil {
		t.Fatal(err)
	}
	logIn(t, &users, b, alice, "SHA256:b")
	wantUsers(t, &users, "alice", a, b)
	users.Release(a, alice)
	wantUsers(t, &users, "alice", b)
	users.Release(b, alice)
	wantUsers(t, &users, "alice")
	if _, err := users.Claim(a, alice, ""); err != ErrNickRegistered {
		t.Errorf("a guest takes the nick: %v", err)
	}
}

func TestLoginMovesASessionFromItsNick(t *testing.T) {
	var users Users
	a := &person{"a"}
	alice := parseNick(t, "alice")
	users.Reserve(alice, time.Time{})
	guest := claim(t, &users, a, "guest-1")
	if rival, err := users.Login(a, alice, "", users.Version("alice")); rival != nil || err != nil {
		t.Fatal(rival, err)
	}
	wantUsers(t, &users, "guest-1", a) // until it gives it back
	wantUsers(t, &users, "alice", a)
	users.Release(a, guest)
	wantUsers(t, &users, "guest-1")
	if _, err := users.Claim(a, guest, ""); err != nil {
		t.Fatal(err)
	}
	users.Release(a, alice)
	wantUsers(t, &users, "alice")
	wantUsers(t, &users, "guest-1", a)
}

// A guest may hold a nick, or one that looks like it, when an admin makes it an account's.
func TestLoginNamesTheGuestThatIsInTheWay(t *testing.T) {
	for _, nick := range []string{"alice", "a1ice"} {
		t.Run(nick, func(t *testing.T) {
			var users Users
			a, b := &person{"a"}, &person{"b"}
			held := claim(t, &users, a, nick)
			alice := parseNick(t, "alice")
			users.Reserve(alice, time.Time{})
			if rival, err := users.Login(b, alice, "", users.Version("alice")); rival != a || err != nil {
				t.Fatalf("rival %v, %v", rival, err)
			}
			users.Release(a, held)
			logIn(t, &users, b, alice, "")
		})
	}
}

func TestGuestLogsInToTheNickThatItHolds(t *testing.T) {
	var users Users
	a := &person{"a"}
	alice := claim(t, &users, a, "alice")
	users.Reserve(alice, time.Time{})
	if rival, err := users.Login(a, alice, "", users.Version("alice")); rival != nil || err != nil {
		t.Fatal(rival, err)
	}
	logIn(t, &users, &person{"b"}, alice, "")
}

func TestLoginByAnOutdatedProof(t *testing.T) {
	var users Users
	a := &person{"a"}
	alice := claim(t, &users, a, "alice")
	if users.Version("alice") != 0 {
		t.Error("a guest's nick has a version")
	}
	if err := users.Register(a, alice, ""); err != nil {
		t.Fatal(err)
	}
	old := users.Version("alice")
	users.Revoke(a, "alice", byPassword)
	if _, err := users.Login(&person{"b"}, alice, "", old); err != ErrOutdated {
		t.Errorf("after Revoke: %v", err)
	}
	old = users.Version("alice")
	users.Reserve(alice, time.Now().Add(time.Hour))
	if _, err := users.Login(&person{"b"}, alice, "", old); err != ErrOutdated {
		t.Errorf("after the account: %v", err)
	}
	if _, err := users.Login(&person{"b"}, alice, "", users.Version("alice")); err != ErrOutdated {
		t.Errorf("to no account: %v", err)
	}
}

func TestRevokeReturnsTheSessionsOfAProof(t *testing.T) {
	var users Users
	a, b, c := &person{"a"}, &person{"b"}, &person{"c"}
	alice := claim(t, &users, a, "alice")
	if err := users.Register(a, alice, ""); err != nil {
		t.Fatal(err)
	}
	logIn(t, &users, b, alice, "")
	logIn(t, &users, c, alice, "SHA256:c")
	for _, test := range []struct {
		u     User
		proof string
		want  []User
	}{{a, "", []User{b}}, {c, "", []User{a, b}}, {a, "SHA256:c", []User{c}}, {a, "SHA256:d", nil}} {
		if got := users.Revoke(test.u, "alice", func(proof string) bool { return proof == test.proof }); !slices.Equal(got, test.want) {
			t.Errorf("%v revokes %q: %v, want %v", test.u, test.proof, got, test.want)
		}
	}
}

func TestRegisterThatIsNotStored(t *testing.T) {
	var users Users
	a, b := &person{"a"}, &person{"b"}
	alice := claim(t, &users, a, "alice")
	if err := users.Register(a, alice, ""); err != nil {
		t.Fatal(err)
	}
	users.Unregister(a, alice, false)
	if users.Version("alice") != 0 {
		t.Error("it is registered")
	}
	wantUsers(t, &users, "alice", a)
	if err := users.Register(a, alice, ""); err != nil {
		t.Fatal(err)
	}
	users.Unregister(a, alice, true)
	if _, err := users.Claim(b, parseNick(t, "a1ice"), ""); err != ErrNickRegistered {
		t.Errorf("one that may be stored: %v", err)
	}
	if err := users.Register(a, alice, ""); err != nil {
		t.Errorf("again: %v", err)
	}
	users.Release(a, alice)
	logIn(t, &users, b, alice, "")
}

func TestRegisteredNickIsNotRegisteredAgain(t *testing.T) {
	var users Users
	a := &person{"a"}
	held := claim(t, &users, a, "a1ice")
	users.Reserve(parseNick(t, "alice"), time.Time{})
	if err := users.Register(a, held, ""); err != ErrNickRegistered {
		t.Errorf("one that looks like it: %v", err)
	}
}

func TestEachNamesAllUsers(t *testing.T) {
	var users Users
	a, b, c := &person{"a"}, &person{"b"}, &person{"c"}
	alice := parseNick(t, "alice")
	users.Reserve(alice, time.Time{})
	logIn(t, &users, a, alice, "")
	logIn(t, &users, b, alice, "")
	claim(t, &users, c, "carol")
	nicks := map[User]string{}
	users.Each(func(u User, nick string) { nicks[u] = nick })
	if len(nicks) != 3 || nicks[a] != "alice" || nicks[b] != "alice" || nicks[c] != "carol" {
		t.Errorf("%v", nicks)
	}
}

// A nick that is kept for an account about to be stored is nobody else's, and free again if
// it was not stored.
func TestReserveNew(t *testing.T) {
	var users Users
	name, guest := parseNick(t, "alice"), &person{"a"}
	if err := users.ReserveNew(name); err != nil {
		t.Fatal(err)
	}
	if err := users.ReserveNew(parseNick(t, "a1ice")); err != ErrNickRegistered {
		t.Errorf("a second time: %v", err)
	}
	if err := users.Register(guest, name, ""); err != ErrNickRegistered {
		t.Errorf("registered by a guest: %v", err)
	}
	users.Unreserve(name, true)
	if _, err := users.Claim(guest, name, ""); err != ErrNickRegistered {
		t.Errorf("claimed while it is uncertain: %v", err)
	}
	if err := users.ReserveNew(name); err != nil {
		t.Errorf("again after an uncertain outcome: %v", err)
	}
	users.Unreserve(name, false)
	claim(t, &users, guest, "alice")
}
