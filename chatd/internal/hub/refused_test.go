package hub

import (
	"errors"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/proto"
)

// A refusing log is a shared one that is cut off.
type refusing struct{ backplane.Log }

func (refusing) Submit(_ backplane.Change, done func(backplane.Verdict)) {
	done(backplane.Verdict{Err: backplane.ErrCutOff})
}

// refuse has a hub whose users hold nicks be cut off from the other machines.
func refuse(t *testing.T) (h *Hub, alice, bob *person) {
	t.Helper()
	h, _ = newHub(t, usual, ample)
	alice, bob = &person{"alice"}, &person{"bob"}
	h.changes, h.shared = refusing{h.changes}, true
	if _, err := h.Users.Claim(alice, parseNick(t, "alice"), "the key"); err != nil {
		t.Fatal(err)
	}
	return h, alice, bob
}

func (h *Hub) wantCutOff(t *testing.T, u User, name proto.Name, key string) {
	t.Helper()
	if _, err := h.Claim(nil, u, name, key); !errors.Is(err, backplane.ErrCutOff) {
		t.Errorf("%s: %v", name.Shown, err)
	}
}

// Nothing stays of a claim that the chat refuses: neither the key, nor how the nick is written.
func TestRefusedClaimChangesNothing(t *testing.T) {
	h, alice, bob := refuse(t)
	h.wantCutOff(t, alice, parseNick(t, "Alice"), "another key")
	if _, shown := holderOf(&h.Users, "alice"); shown != "alice" {
		t.Errorf("the nick is written %s", shown)
	}
	if rival, err := h.Users.Claim(bob, parseNick(t, "alice"), "another key"); err != ErrWrongKey || rival != nil {
		t.Errorf("with the key that was refused: %v, %v", rival, err)
	}
	if rival, err := h.Users.Claim(bob, parseNick(t, "alice"), "the key"); err != nil || rival != alice {
		t.Errorf("with the key that it has: %v, %v", rival, err)
	}
	h.wantCutOff(t, bob, parseNick(t, "bob"), "")
	if u, _ := holderOf(&h.Users, "bob"); u != nil {
		t.Error("a nick is held that was refused")
	}
}

// A nick that was refused leaves the one that looks like it to whoever has that.
func TestRefusedLookAlike(t *testing.T) {
	h, alice, bob := refuse(t)
	h.wantCutOff(t, alice, parseNick(t, "a1ice"), "")
	if _, err := h.Users.Claim(bob, parseNick(t, "a1ice"), ""); err != ErrNickTaken {
		t.Errorf("another takes the nick that looks like it: %v", err)
	}
}

// Whoever is refused a login is the guest that it was, with its key.
func TestRefusedLoginLeavesTheGuest(t *testing.T) {
	h, alice, bob := refuse(t)
	name := parseNick(t, "alice")
	h.Users.Reserve(name, time.Time{})
	a := &account.Account{ID: 1, Name: name, Hash: "hash"}
	login := func(u User) error {
		_, err := h.Login(nil, u, a, "", h.Users.Version("alice"))
		return err
	}
	if err := login(alice); !errors.Is(err, backplane.ErrCutOff) {
		t.Error(err)
	}
	if rival, err := h.Users.Login(bob, name, "", h.Users.Version("alice")); err != nil || rival != alice {
		t.Errorf("another who logs in has %v in its way, %v; want the guest", rival, err)
	}
	h.Users.Release(alice, name)
	if _, err := h.Users.Login(alice, name, "a key", h.Users.Version("alice")); err != nil {
		t.Fatal(err)
	}
	if err := login(alice); !errors.Is(err, backplane.ErrCutOff) {
		t.Error(err)
	}
	if ended := h.Users.Revoke(nil, "alice", func(proof string) bool { return proof == "a key" }); len(ended) != 1 {
		t.Error("the login by key has another proof")
	}
}
