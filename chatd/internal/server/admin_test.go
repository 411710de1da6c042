package server

import (
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
)

// admitAdmin starts a session of an admin.
func admitAdmin(t *testing.T, srv *Server) *peer {
	t.Helper()
	admin, _, _ := admitKnown(t, srv, listener.Identity{Door: listener.DoorAdmin, UID: 42}, nil)
	return admin
}

func TestAccounts(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice", hisKeys...)
		admin := admitAdmin(t, srv)
		bob := member(t, srv, "bob")
		bob.do("ACCOUNTS", "ERR ACCOUNTS not-allowed")
		admin.do("ACCOUNTS ADD bob", "ACCOUNT bob 2000-01-01T00:00:00.000Z 0 no")
		admin.want("OK ACCOUNTS 1 1")
		admin.do("ACCOUNTS", fmt.Sprintf("ACCOUNT alice 2000-01-01T00:00:00.000Z %d yes", len(hisKeys)))
		admin.want("ACCOUNT bob ")
		admin.want("OK ACCOUNTS 2 2")
		admin.do("ACCOUNTS b", "ACCOUNT bob ")
		admin.want("OK ACCOUNTS 1 1")
		admin.do("ACCOUNTS x", "OK ACCOUNTS 0 0")
	})
}

// An account that an admin adds is nobody else's, and its owner logs in with what the admin
// has given it. The guest who has the nick keeps it until then.
func TestAccountsAdd(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		admin := admitAdmin(t, srv)
		guest := connect(t, srv)
		guest.do("NICK bob", "OK NICK bob")
		admin.do("ACCOUNTS ADD bob", "ACCOUNT bob ")
		admin.want("OK ACCOUNTS 1 1")
		guest.do("REGISTER a password of mine", "ERR REGISTER nick-registered")
		connect(t, srv).do("NICK B0b", "ERR NICK nick-registered")
		ask(admin, "PASSWD bob")
		admin.do(password, "OK PASSWD bob")
		logIn(t, srv, "bob")
		guest.want("BYE replaced")
		for line, want := range map[string]string{
			"ACCOUNTS ADD bob": "nick-registered", "ACCOUNTS ADD b0b": "nick-registered", "ACCOUNTS ADD guest-1": "bad-name",
			"ACCOUNTS ADD": "bad-arguments", "ACCOUNTS DEL bob": "bad-arguments",
		} {
			admin.do(line, "ERR ACCOUNTS "+want)
		}
	})
}

// Only an admin can make an account of a nick that would be taken for the server's.
func TestReservedNicks(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		admin := admitAdmin(t, srv)
		guest := connect(t, srv)
		guest.do("NICK r00t", "ERR NICK bad-name r00t would be taken for")
		admin.do("ACCOUNTS ADD root", "ACCOUNT root ")
		admin.want("OK ACCOUNTS 1 1")
		ask(admin, "PASSWD root")
		admin.do(password, "OK PASSWD root")
		logIn(t, srv, "root")
		guest.do("NICK r00t", "ERR NICK bad-name")
	})
}

func TestStats(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		admin := admitAdmin(t, srv)
		member(t, srv, "bob").do("STATS", "ERR STATS not-allowed")
		got := map[string]string{}
		line := admin.do("STATS", "STAT ")
		for ; strings.HasPrefix(line, "STAT "); line = admin.want("") {
			name, value, _ := strings.Cut(strings.TrimPrefix(line, "STAT "), " ")
			got[name] = value
		}
		if line != "OK STATS" {
			t.Errorf("STATS ends with %q", line)
		}
		for name, want := range map[string]string{"connections": "2", "accounts": "1", "rooms": "1", "max-connections": "100", "uptime-seconds": "0"} {
			if got[name] != want {
				t.Errorf("%s is %s, want %s", name, got[name], want)
			}
		}
		for _, name := range []string{"memory-bytes", "goroutines"} {
			if got[name] == "" || got[name] == "0" {
				t.Errorf("%s is %q", name, got[name])
			}
		}
	})
}

// An admin gets in where there are too many connections.
func TestAdminsAreNotTooMany(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.MaxConnections = 1
		connect(t, srv)
		admitAdmin(t, srv).do("PING", "OK PING")
	})
}
