package server

import (
	"strings"
	"testing"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
)

const (
	pubLine        = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl alice@home"
	pubFingerprint = "SHA256:" // what ssh-keygen -l prints of it is longer
)

func sshAs(user string, key listener.Key) listener.Identity {
	return listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: user, Key: key}
}

func TestRegisterByKeyAlone(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		p, _, _ := admitKnown(t, srv, sshAs("bob", newKey), nil)
		p.send("REGISTER")
		p.want("NOTICE what you type next shows")
		p.want("SEND - type a password to log in with as well, or an empty line: your key is enough")
		p.do("", "OK REGISTER bob")
		p.do("KEYS", "KEY SHA256:new ssh 2000-01-01T00:00:00.000Z proved ")
		p.want("OK KEYS")
		p.do("KEYS REMOVE SHA256:new", "ERR KEYS not-allowed")
		p.do("PASSWD "+password, "OK PASSWD bob")
		p.do("KEYS REMOVE SHA256:new", "OK KEYS SHA256:new")
		_, _, hello := admitKnown(t, srv, sshAs("bob", newKey), nil)
		if !strings.HasPrefix(hello, "HELLO chatd/1 guest-") {
			t.Errorf("%q", hello)
		}
	})
}

func TestKeyBelongsToOneAccount(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", hisKeys...)
		p, _, _ := admitKnown(t, srv, sshAs("bob", sshKey), nil)
		p.do("REGISTER "+password, "ERR REGISTER key-taken")
		p.do("WHOAMI", "OK WHOAMI bob - guest")
	})
}

// A stranger who adds the line of her .pub file keeps alice from nothing: her key is hers
// as soon as she has proved it, and his account's only where somebody names that.
func TestKeyThatIsNotProvedKeepsNobodyOut(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "mallory")
		mallory := logIn(t, srv, "mallory")
		fingerprint := strings.TrimPrefix(mallory.do("KEYS ADD "+pubLine, "OK KEYS "+pubFingerprint), "OK KEYS ")
		key := listener.Key{Kind: "ssh", Fingerprint: fingerprint}
		alice, _, _ := admitKnown(t, srv, sshAs("alice", key), nil)
		alice.do("REGISTER "+password, "OK REGISTER alice")
		alice.do("KEYS", "KEY "+fingerprint+" ssh 2000-01-01T00:00:00.000Z proved ")
		alice.want("OK KEYS")
		again, _, hello := admitKnown(t, srv, sshAs("mallory", key), nil)
		if !strings.HasPrefix(hello, "HELLO chatd/1 mallory ") {
			t.Errorf("over ssh as mallory: %q", hello)
		}
		again.do("KEYS", "KEY "+fingerprint+" ssh 2000-01-01T00:00:00.000Z unproved alice@home")
		again.want("OK KEYS")
		again.do("KEYS ADD", "ERR KEYS key-taken")
	})
}

// A login over ssh proves the key that was added by a line, so that it is the account's own.
func TestLoginProvesKey(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", account.Key{Kind: "ssh", Fingerprint: "SHA256:new"})
		p, _, _ := admitKnown(t, srv, sshAs("alice", newKey), nil)
		p.do("KEYS", "KEY SHA256:new ssh - proved ")
		p.want("OK KEYS")
		bob, _, _ := admitKnown(t, srv, sshAs("bob", newKey), nil)
		bob.do("REGISTER "+password, "ERR REGISTER key-taken")
	})
}

func TestKeysAdd(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		p, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorTLS, Encrypted: true, Key: tlsKey}, nil)
		p.do("KEYS ADD", "ERR KEYS not-allowed")
		p.do("LOGIN alice "+password, "OK LOGIN alice")
		p.do("KEYS ADD", "OK KEYS SHA256:tls")
		added := strings.TrimPrefix(p.do("KEYS ADD "+pubLine, "OK KEYS "+pubFingerprint), "OK KEYS ")
		p.do("KEYS", "KEY SHA256:tls tls 2000-01-01T00:00:00.000Z proved ")
		p.want("KEY " + added + " ssh 2000-01-01T00:00:00.000Z unproved alice@home")
		p.want("OK KEYS")
		p.do("KEYS ADD nonsense", "ERR KEYS bad-key")
		p.do("KEYS REMOVE SHA256:none", "ERR KEYS no-such-key")
		p.do("KEYS bob", "ERR KEYS bad-arguments")
		_, _, hello := admitKnown(t, srv, sshAs("alice", listener.Key{Kind: "ssh", Fingerprint: added}), nil)
		if !strings.HasPrefix(hello, "HELLO chatd/1 alice ") {
			t.Errorf("%q", hello)
		}
		plain := logIn(t, srv, "alice")
		plain.do("KEYS ADD", "ERR KEYS bad-key")
	})
}

func TestKeysRemoveEndsItsSessions(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", hisKeys...)
		alice := logIn(t, srv, "alice")
		byKey, _, _ := admitKnown(t, srv, sshAs("alice", sshKey), nil)
		byOther, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorTLS, Key: tlsKey}, nil)
		alice.do("KEYS REMOVE SHA256:ssh", "OK KEYS SHA256:ssh")
		byKey.want("BYE ended")
		byOther.do("WHOAMI", "OK WHOAMI alice - account")
		byOther.do("KEYS REMOVE SHA256:tls", "OK KEYS SHA256:tls")
		byOther.want("BYE ended")
	})
}
