package server

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/argon2"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/logtest"
)

// hashOf returns a hash of the password. One of low cost is outdated.
func hashOf(salt string, cost uint32) string {
	sum := argon2.IDKey([]byte(password), []byte(salt), 2, cost, 1, 32)
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=2,p=1$%s$%s", cost, encode([]byte(salt)), encode(sum))
}

// register has a peer register its nick, and returns the hash of the password.
func (m *testMachine) register(t *testing.T, p *peer, nick string) string {
	t.Helper()
	p.do("REGISTER "+password, "OK REGISTER "+nick)
	a, err := m.log.Accounts.Account(t.Context(), nick)
	if err != nil {
		t.Fatal(err)
	}
	return a.Hash
}

// rehash has a machine replace the hash of alice's password.
func (m *testMachine) rehash(t *testing.T, old, hash string) {
	t.Helper()
	if v := backplane.Do(m.log, &backplane.ReplaceHash{Fold: "alice", Old: old, Hash: hash}); v.Err != nil {
		t.Error(v.Err)
	}
}

// Whoever has logged in by a password stays logged in when its hash is replaced, wherever that
// is, and where the machine has to come back.
func TestFencedAfterRehash(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		first := a.register(t, alice, "alice")
		bob.enter("bob")
		alice.want("JOINED go bob")
		second, third, fourth := hashOf("second salt", 19456), hashOf("a third salt", 19456), hashOf("fourth salt", 19456)
		a.rehash(t, first, second)
		a.log.Fence()
		bob.want("LEFT go alice lost")
		bob.want("JOINED go alice")
		b.rehash(t, second, third)
		settle()
		a.log.Fence()
		bob.want("LEFT go alice lost")
		bob.want("JOINED go alice")
		a.log.FenceUntil(func() { b.rehash(t, third, fourth) })
		bob.want("LEFT go alice lost")
		bob.want("JOINED go alice")
		alice.do("WHOAMI", "OK WHOAMI alice")
		bob.do("LOGIN alice "+password, "OK LOGIN alice")
	})
}

// A rehashingLog has a hash replaced before the first login that is said again.
type rehashingLog struct {
	*logtest.Member
	once   sync.Once
	rehash func()
}

func (l *rehashingLog) Submit(c backplane.Change, done func(backplane.Verdict)) {
	if login, ok := c.(*backplane.Login); ok && login.Patient && l.rehash != nil {
		l.once.Do(l.rehash)
	}
	l.Member.Submit(c, done)
}

// A hash may be replaced while a machine that comes back says who is logged in.
func TestRehashWhileComingBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var chat logtest.Chat
		log := &rehashingLog{Member: chat.Join()}
		a, b := newTestMachineOn(t, log.Member, log), newTestMachine(t, &chat)
		defer a.stop(t)
		defer b.stop(t)
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		first := a.register(t, alice, "alice")
		bob.enter("bob")
		alice.want("JOINED go bob")
		log.rehash = func() {
			b.log.Submit(&backplane.ReplaceHash{Fold: "alice", Old: first, Hash: hashOf("second salt", 19456)}, func(backplane.Verdict) {})
		}
		a.log.Fence()
		bob.want("LEFT go alice lost")
		bob.want("JOINED go alice")
		settle()
		alice.do("WHOAMI", "OK WHOAMI alice")
	})
}

// An outdated hash is replaced at LOGIN, and whoever was logged in before is so still; a new
// password ends that.
func TestOutdatedHash(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, other := connect(t, a.Server), connect(t, b.Server)
		alice.do("NICK alice", "OK NICK alice")
		outdated := hashOf("outdated", 64)
		a.rehash(t, a.register(t, alice, "alice"), outdated)
		settle()
		other.do("LOGIN alice "+password, "OK LOGIN alice")
		if now, err := b.log.Accounts.Account(t.Context(), "alice"); now.Hash == outdated || !strings.Contains(now.Hash, "m=19456") || err != nil {
			t.Errorf("the hash is %q, %v", now.Hash, err)
		}
		settle()
		a.log.Fence()
		settle()
		alice.do("WHOAMI", "OK WHOAMI alice")
		other.do("PASSWD another "+password, "OK PASSWD alice")
		alice.want("BYE ended")
	})
}
