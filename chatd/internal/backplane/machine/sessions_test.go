package machine_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// claim returns the change that has a session hold a nick, with a key unless it is "".
func claim(session uint64, s, key string) *backplane.Nick {
	c := &backplane.Nick{Session: session, Name: nick(s)}
	if key != "" {
		c.Key = sha256.Sum256([]byte(key))
	}
	return c
}

// present writes down who is there: a line for each session, with its epoch, number, nick and
// rooms, and a star if it is an account's.
func (l *log) present() string {
	var lines []string
	for _, a := range l.Present() {
		switch c := a.Change.(type) {
		case *backplane.Nick:
			lines = append(lines, fmt.Sprint(a.Epoch, "/", c.Session, " ", c.Name.Shown))
		case *backplane.Login:
			lines = append(lines, fmt.Sprint(a.Epoch, "/", c.Session, " ", c.Name.Shown, "*"))
		case *backplane.Join:
			lines[len(lines)-1] += " " + c.Fold
		}
	}
	return strings.Join(lines, ", ")
}

func (l *log) wantPresent(want string) {
	l.Helper()
	if got := l.present(); got != want {
		l.Errorf("there are %s; want %s", got, want)
	}
}

func TestNicks(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	l.want(nil, claim(1, "Alice", ""))
	for _, taken := range []string{"alice", "ALICE", "a1ice"} {
		l.want(backplane.ErrNickTaken, claim(2, taken, ""))
		l.want(backplane.ErrNickTaken, claim(2, taken, "key"))
	}
	l.want(nil, claim(1, "a1ice", "")) // one's own
	l.want(nil, claim(1, "bob", "key"))
	l.want(nil, claim(2, "alice", "")) // free again
	l.want(backplane.ErrNickTaken, claim(2, "bob", ""))
	l.want(backplane.ErrWrongKey, claim(2, "BOB", "other"))
	l.wantPresent("1/1 bob, 1/2 alice")
}

// A claim that was held up, or is repeated, takes the nick from nobody.
func TestPatientClaimTakesNoNickOver(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	l.want(nil, claim(1, "bob", "key"))
	late := claim(2, "bob", "key")
	late.Patient = true
	l.want(backplane.ErrNickTaken, late)
	l.wantPresent("1/1 bob")
}

// A session with the same key takes the nick from any other, which is gone then.
func TestNickIsTakenOver(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	den := l.makeRoom("den")
	l.want(nil, claim(1, "bob", "key"))
	l.want(nil, &backplane.Join{Session: 1, Fold: den})
	item := l.publish(2, claim(1, "Bob", "key")).Items[0]
	was := backplane.SessionID{Epoch: 1, Session: 1}
	if item.Verdict.Err != nil || item.Verdict.Replaced != was || !slices.Equal(item.Replaced, []backplane.SessionID{was}) {
		t.Errorf("taken over: %+v", item)
	}
	if told, ok := item.Applied(2); !ok || told.Epoch != 2 || !slices.Equal(told.Replaced, item.Replaced) {
		t.Errorf("told is %+v, %t", told, ok)
	}
	l.wantPresent("2/1 Bob")
	l.want(backplane.ErrNoSession, &backplane.Join{Session: 1, Fold: den})
}

// One who would lose the nick keeps it if the other may not have it: there is another that
// looks like it.
func TestRefusedNickReplacesNobody(t *testing.T) {
	l := newLog(t)
	l.want(nil, claim(1, "Ill", "key"))
	l.want(nil, claim(2, "lLL", "")) // looks like iLL, and not like Ill
	l.want(backplane.ErrNickTaken, claim(3, "iLL", "key"))
	l.wantPresent("1/1 Ill, 1/2 lLL")
}

func TestMembers(t *testing.T) {
	l := newLog(t)
	den, lab := l.makeRoom("den"), l.makeRoom("lab")
	l.want(backplane.ErrNoSession, &backplane.Join{Session: 1, Fold: den})
	l.want(nil, claim(2, "bob", ""))
	l.want(nil, claim(1, "alice", ""))
	l.want(history.ErrNoRoom, &backplane.Join{Session: 1, Fold: "nowhere"})
	for _, fold := range []string{lab, den, den} {
		l.want(nil, &backplane.Join{Session: 1, Fold: fold})
		l.want(nil, &backplane.Join{Session: 2, Fold: fold})
	}
	l.want(nil, &backplane.Leave{Session: 2, Fold: lab})
	l.want(nil, &backplane.Leave{Session: 2, Fold: lab})
	l.want(nil, &backplane.Leave{Session: 3, Fold: lab})
	l.want(nil, claim(2, "Robert", ""))
	l.wantPresent("1/1 alice den lab, 1/2 Robert den")
	l.want(nil, &backplane.Drop{Fold: den})
	l.makeRoom("den")
	l.wantPresent("1/1 alice lab, 1/2 Robert")
	l.want(nil, &backplane.End{Session: 1})
	l.want(nil, &backplane.End{Session: 1})
	l.want(nil, claim(2, "alice", ""))
	l.wantPresent("1/2 alice")
}

func TestLogin(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	den := l.makeRoom("den")
	l.want(nil, claim(1, "alice", "")) // who registers
	l.want(nil, &backplane.Join{Session: 1, Fold: den})
	made := l.want(nil, &backplane.CreateAccount{Account: account.Account{Name: nick("alice"), Hash: "hash",
		Keys: []account.Key{{Fingerprint: "SHA256:1"}}}}).Verdict.Account
	login := func(session uint64, proof string) *backplane.Login {
		return &backplane.Login{Session: session, Account: made.ID, Name: made.Name, Proof: proof}
	}
	right := backplane.HashProof("hash")
	for _, proof := range []string{"", "hash", backplane.HashProof(""), backplane.HashProof("other"), "SHA256:2"} {
		l.want(backplane.ErrOutdated, login(1, proof))
	}
	l.want(backplane.ErrOutdated, &backplane.Login{Session: 1, Account: made.ID + 1, Name: made.Name, Proof: right})
	l.want(backplane.ErrNickRegistered, claim(2, "A1ice", ""))
	if item := l.publish(2, login(1, right)).Items[0]; item.Verdict.Replaced != (backplane.SessionID{Epoch: 1, Session: 1}) {
		t.Errorf("the guest who held the nick is not replaced: %+v", item)
	}
	l.want(nil, claim(1, "guest-1", ""))
	l.want(nil, &backplane.Join{Session: 1, Fold: den})
	if item := l.want(nil, login(1, "SHA256:1")); len(item.Replaced) > 0 {
		t.Errorf("sessions of one account replace each other: %+v", item)
	}
	l.wantPresent("1/1 alice* den, 2/1 alice*")
	l.want(nil, claim(1, "bob", "")) // logs out
	l.want(backplane.ErrNickRegistered, claim(1, "alice", ""))
	l.want(nil, &backplane.SetPassword{Fold: "alice", Hash: "other"})
	l.want(backplane.ErrOutdated, login(1, right))
	l.wantPresent("1/1 bob den, 2/1 alice*")
}

// An account may come between two guests whose nicks look like it: both lose theirs.
func TestLoginReplacesAllThatLookAlike(t *testing.T) {
	l := newLog(t)
	l.want(nil, claim(1, "iLL", "")) // is the name Ill, written otherwise
	l.want(nil, claim(2, "lil", "")) // looks like Ill
	made := l.want(nil, &backplane.CreateAccount{Account: account.Account{Name: nick("Ill"), Hash: "hash"}}).Verdict.Account
	item := l.want(nil, &backplane.Login{Session: 3, Account: made.ID, Proof: backplane.HashProof("hash")})
	if len(item.Replaced) != 2 {
		t.Errorf("replaced are %v", item.Replaced)
	}
	l.wantPresent("1/3 Ill*")
}
