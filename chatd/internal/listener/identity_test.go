package listener

import (
	"net"
	"path/filepath"
	"testing"
)

// knownConn is a connection of a listener that knows more than an address.
type knownConn struct {
	net.Conn
	identity Identity
}

func (c knownConn) Identity() Identity { return c.identity }

func TestIdentityOf(t *testing.T) {
	for door, address := range map[string]string{DoorTCP: "127.0.0.1:0", DoorUnix: "unix://" + filepath.Join(t.TempDir(), "s")} {
		sockets, err := Bind(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		l := sockets[0].Listen(Options{})
		dialed, err := net.Dial(l.Addr().Network(), l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got := IdentityOf(c); got != (Identity{Door: door}) {
			t.Errorf("over %s the identity is %+v", door, got)
		}
		want := Identity{Door: DoorTLS, Encrypted: true, Key: Key{Kind: "tls", Fingerprint: "SHA256:x"}}
		if got := IdentityOf(knownConn{c, want}); got != want {
			t.Errorf("of a connection that knows %+v, the identity is %+v", want, got)
		}
		_, _, _ = dialed.Close(), c.Close(), l.Close()
	}
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	if got := IdentityOf(near); got != (Identity{}) {
		t.Errorf("of a pipe the identity is %+v", got)
	}
}
