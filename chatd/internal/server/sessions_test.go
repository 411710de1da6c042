package server

import (
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
)

func TestSessionsAndEnd(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", hisKeys...)
		bob := member(t, srv, "bob")
		bob.do("SESSIONS", "ERR SESSIONS not-allowed")
		alice := logIn(t, srv, "alice")
		byKey, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorTLS, Key: tlsKey}, tcpAddr("192.0.2.1:5"))
		alice.do("SESSIONS", "SESSION 2 alice - ")
		if line := alice.want("SESSION 3 alice tls 2000-"); !strings.HasSuffix(line, " -") {
			t.Errorf("an address is shown: %q", line)
		}
		alice.want("OK SESSIONS 2")
		alice.do("END 1", "ERR END no-such-session")
		alice.do("END 3", "OK END 3")
		byKey.want("BYE ended")
		alice.do("END 2", "OK END 2")
		alice.want("BYE ended")
	})
}

func TestAdminSeesAllSessions(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", hisKeys...)
		bob := member(t, srv, "bob")
		admin, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorAdmin}, nil)
		_, _, _ = admitKnown(t, srv, listener.Identity{Door: listener.DoorTLS, Key: tlsKey}, tcpAddr("192.0.2.1:5"))
		admin.do("SESSIONS", "SESSION 1 bob ")
		admin.want("SESSION 2 guest-")
		if line := admin.want("SESSION 3 alice tls "); !strings.HasSuffix(line, " 192.0.2.1:5") {
			t.Errorf("%q", line)
		}
		admin.want("OK SESSIONS 3")
		admin.do("END 1", "OK END 1")
		bob.want("BYE ended")
	})
}

func TestAdminChangesAccounts(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		alice := logIn(t, srv, "alice")
		admin, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorAdmin}, nil)
		ask(admin, "PASSWD alice")
		admin.do("another horse", "OK PASSWD alice")
		alice.want("BYE ended")
		added := strings.TrimPrefix(admin.do("KEYS alice ADD "+pubLine, "OK KEYS "), "OK KEYS ")
		admin.do("KEYS alice", "KEY "+added)
		admin.want("OK KEYS")
		admin.do("KEYS alice REMOVE "+added, "OK KEYS "+added)
		admin.do("KEYS bob", "ERR KEYS no-such-account")
		admin.do("UNREGISTER alice", "OK UNREGISTER alice")
		admin.do("UNREGISTER alice", "ERR UNREGISTER no-such-account")
		ask(admin, "PASSWD alice")
		admin.do("another horse", "ERR PASSWD no-such-account")
		admin.do("PASSWD alice another horse", "ERR PASSWD ")
	})
}
