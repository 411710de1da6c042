package server

import (
	"fmt"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
	"linechat/chatd/proto"
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
		member(t, srv, "bob").do("STATS", "ERR STATS not-allowed")
		admin := admitAdmin(t, srv)
		admin.do("STATS", "OK STATS")
		srv.config.Stats = func() ([]Stat, error) { return []Stat{{"rooms", "7"}, {`of{door="tcp"}`, "0.5"}}, nil }
		admin.do("STATS", "STAT rooms 7")
		admin.want(`STAT of{door="tcp"} 0.5`)
		admin.want("OK STATS")
		srv.config.Stats = func() ([]Stat, error) { return nil, history.ErrUnread }
		admin.do("STATS", "ERR STATS store ")
	})
}

// The figures are of all sessions, and what has come and gone stays counted when one ends.
func TestFigures(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		registered(t, srv, "alice")
		logIn(t, srv, "alice")
		admitAdmin(t, srv)
		bob := connect(t, srv)
		synctest.Wait() // until what was read is counted
		before := srv.Figures()
		for kind, want := range map[Kind]int{{"", proto.Guest}: 1, {"", proto.Account}: 1, {listener.DoorAdmin, proto.Admin}: 1} {
			if got := before.Sessions[kind]; got != want {
				t.Errorf("%d sessions of %v, want %d, of %v", got, kind, want, before.Sessions)
			}
		}
		bob.do("PING 12345", "OK PING 12345")
		bob.do("QUIT", "OK QUIT")
		bob.want("BYE quit good-bye")
		synctest.Wait()
		after := srv.Figures()
		if n := after.Sessions[Kind{Role: proto.Guest}]; n != 0 {
			t.Errorf("%d guests are left", n)
		}
		in := int64(len("PING 12345\nQUIT\n"))
		out := int64(len("OK PING 12345\nOK QUIT\nBYE quit good-bye\n"))
		if got := after.Traffic; got.BytesIn-before.Traffic.BytesIn != in || got.BytesOut-before.Traffic.BytesOut != out {
			t.Errorf("%+v after %+v: want %d more bytes in and %d out", got, before.Traffic, in, out)
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
