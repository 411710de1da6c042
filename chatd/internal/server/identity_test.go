package server

import (
	"bufio"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
	"linechat/chatd/proto"
)

// A knownConn is a connection whose peer a listener knows.
type knownConn struct {
	net.Conn
	id     listener.Identity
	remote net.Addr // nil: that of the pipe
	hidden chan bool
}

func (c *knownConn) Identity() listener.Identity { return c.id }

func (c *knownConn) RemoteAddr() net.Addr {
	if c.remote != nil {
		return c.remote
	}
	return c.Conn.RemoteAddr()
}

func (c *knownConn) HideNext()                          { c.hidden <- true }
func (c *knownConn) SetCompleter(func(string) []string) {}

// admitKnown starts a session of a peer that is known, and reads its HELLO.
func admitKnown(t *testing.T, srv *Server, id listener.Identity, remote net.Addr) (p *peer, near *knownConn, hello string) {
	t.Helper()
	ours, far := net.Pipe()
	near = &knownConn{ours, id, remote, make(chan bool, 10)}
	srv.admit(near)
	p = &peer{t, far, bufio.NewReader(far)}
	return p, near, p.want("")
}

func tcpAddr(address string) net.Addr { return net.TCPAddrFromAddrPort(mustAddrPort(address)) }

// registered makes an account of a nick with the password "correct horse" and keys.
func registered(t *testing.T, srv *Server, nick string, keys ...account.Key) {
	t.Helper()
	name, err := proto.ParseNick(nick)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := srv.config.Accounts.Register(t.Context(), "test", account.Account{Name: name}, password, account.Key{}); err != nil {
		t.Fatal(err)
	}
	for _, k := range keys {
		if err := srv.config.Accounts.AddKey(t.Context(), name.Fold, k); err != nil {
			t.Fatal(err)
		}
	}
	if err := srv.config.Accounts.Names(t.Context(), srv.hub.Users.Reserve); err != nil {
		t.Fatal(err)
	}
}

const password = "correct horse"

var (
	tlsKey  = listener.Key{Kind: "tls", Fingerprint: "SHA256:tls"}
	sshKey  = listener.Key{Kind: "ssh", Fingerprint: "SHA256:ssh"}
	newKey  = listener.Key{Kind: "ssh", Fingerprint: "SHA256:new"}
	hisKeys = []account.Key{{Kind: "tls", Fingerprint: "SHA256:tls", Proved: true}, {Kind: "ssh", Fingerprint: "SHA256:ssh", Proved: true}}
)

func TestWhoASessionIsAtHello(t *testing.T) {
	for _, test := range []struct {
		name   string
		id     listener.Identity
		nick   string // how it begins
		role   string
		notice string // a word of it; "": there is none
	}{
		{"a TLS key of an account", listener.Identity{Door: listener.DoorTLS, Encrypted: true, Key: tlsKey}, "alice", "account", ""},
		{"a TLS key of nobody", listener.Identity{Door: listener.DoorTLS, Encrypted: true, Key: newKey}, "guest-", "guest", ""},
		{"ssh as the account", listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: "Alice", Key: sshKey}, "alice", "account", ""},
		{"ssh with the account's key and another name", listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: "bob", Key: sshKey}, "bob", "guest", ""},
		{"ssh with a new key", listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: "bob", Key: newKey}, "bob", "guest", ""},
		{"ssh to the account without a key", listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: "alice"}, "guest-", "guest", "LOGIN alice"},
		{"ssh to a name that looks like it", listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: "a1ice"}, "guest-", "guest", "LOGIN"},
		{"ssh as who owns a machine", listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: "root"}, "guest-", "guest", "NICK"},
		{"ssh as what is no nick", listener.Identity{Door: listener.DoorSSH, Encrypted: true, User: "0x"}, "guest-", "guest", "NICK"},
		{"an admin", listener.Identity{Door: listener.DoorAdmin}, "guest-", "admin", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
				registered(t, srv, "alice", hisKeys...)
				p, _, hello := admitKnown(t, srv, test.id, nil)
				if !strings.HasPrefix(hello, "HELLO chatd/1 "+test.nick) {
					t.Errorf("%q", hello)
				}
				if test.notice != "" {
					if notice := p.want("NOTICE"); !strings.Contains(notice, test.notice) {
						t.Errorf("%q", notice)
					}
				}
				if who := p.do("WHOAMI", "OK WHOAMI "+test.nick); !strings.HasSuffix(who, " "+test.role) {
					t.Errorf("%q", who)
				}
			})
		})
	}
}

// A store that does not answer holds up the session whose key it is asked for, and no other.
func TestKeyIsLookedUpBesideOtherSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newTestServer(t)
		asked, answer := make(chan bool), make(chan bool)
		srv.config.Accounts = account.New(heldAccounts{&account.Memory{}, asked, answer})
		near, far := net.Pipe()
		srv.admit(&knownConn{near, listener.Identity{Door: listener.DoorTLS, Key: tlsKey}, nil, nil})
		<-asked
		connect(t, srv).do("PING", "OK PING")
		close(answer)
		(&peer{t, far, bufio.NewReader(far)}).want("HELLO chatd/1 guest-")
		if err := srv.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		srv.hub.Close()
	})
}

func TestPasswordsPassWhereNobodyReads(t *testing.T) {
	for _, test := range []struct {
		name   string
		id     listener.Identity
		remote net.Addr
		secure bool
	}{
		{"a Unix socket", listener.Identity{Door: listener.DoorUnix}, nil, true},
		{"loopback", listener.Identity{Door: listener.DoorTCP}, tcpAddr("127.0.0.1:5"), true},
		{"loopback of IPv6", listener.Identity{Door: listener.DoorTCP}, tcpAddr("[::1]:5"), true},
		{"elsewhere", listener.Identity{Door: listener.DoorTCP}, tcpAddr("192.0.2.1:5"), false},
		{"loopback, as a proxy says", listener.Identity{Door: listener.DoorTCP, Proxied: true}, tcpAddr("127.0.0.1:5"), false},
		{"elsewhere, encrypted", listener.Identity{Door: listener.DoorTLS, Encrypted: true}, tcpAddr("192.0.2.1:5"), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
				registered(t, srv, "alice")
				p, _, _ := admitKnown(t, srv, test.id, test.remote)
				p.do("NICK bob", "OK NICK bob")
				if test.secure {
					p.do("LOGIN alice "+password, "OK LOGIN alice")
					p.do("PASSWD "+password, "OK PASSWD alice")
					p.do("LOGOUT", "OK LOGOUT guest-")
					return
				}
				for _, line := range []string{"LOGIN alice " + password, "REGISTER " + password} {
					if got := p.do(line, "ERR "); !strings.Contains(got, " not-secure ") || !strings.Contains(got, "TLS") || !strings.Contains(got, "ssh") {
						t.Errorf("%s: %q", line, got)
					}
				}
				p.send("LOGIN alice\n" + password)
				p.want("NOTICE this connection is not encrypted")
				p.want("SEND - ")
				p.want("ERR LOGIN not-secure")
			})
		})
	}
}

func TestAPersonReadsWhyThereAreTooMany(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		srv.config.MaxConnections = 0
		_, _, line := admitKnown(t, srv, listener.Identity{Door: listener.DoorSSH, Terminal: true}, nil)
		if line != "-- "+tooMany.text {
			t.Errorf("a person at a terminal reads %q", line)
		}
	})
}
