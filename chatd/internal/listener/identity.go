package listener

import (
	"net"

	"linechat/chatd/internal/origin"
)

// The doors that a connection may have come in by: the values of Identity.Door.
const (
	DoorTCP   = "tcp"
	DoorUnix  = "unix"
	DoorTLS   = "tls"
	DoorSSH   = "ssh"
	DoorAdmin = "admin"
)

// An Identity is what a listener knows of a peer besides its address. The zero value is a
// peer of which nothing is known.
type Identity struct {
	Door      string // DoorTCP, DoorUnix, …
	Encrypted bool
	Proxied   bool   // a proxy has connected for the peer, whose word is all there is of it
	User      string // the nick that it wants, ssh's user name; "": none
	Key       Key    // that it has proved to hold; zero: none
	UID       int    // of the peer of a Unix socket, where the system has such a thing
	Terminal  bool   // a person types into a line editor of ours, and reads
	Command   bool   // the input is one command; the session ends when it is answered
}

// A Key is a public key. The zero value is none.
type Key struct {
	Kind        string // "ssh" or "tls"
	Fingerprint string // of the public key, as ssh-keygen -l prints it: SHA256:…
	Comment     string
}

// IdentityOf returns what is known of the peer of c, a connection that a listener of this
// package has accepted. Of any other connection it knows the door, by its address.
func IdentityOf(c net.Conn) Identity {
	if known, ok := c.(interface{ Identity() Identity }); ok {
		return known.Identity()
	}
	switch c.LocalAddr().(type) {
	case *net.UnixAddr:
		return Identity{Door: DoorUnix}
	case *net.TCPAddr:
		return Identity{Door: DoorTCP}
	}
	return Identity{}
}

// OriginOf returns the origin of the peer's address.
func OriginOf(c net.Conn) origin.Key {
	id := IdentityOf(c)
	k := origin.Of(c.RemoteAddr(), id.UID)
	if id.Proxied {
		return k.Proxied()
	}
	return k
}

// An Editor is a connection whose peer types into a line editor of ours. Its methods may be
// called from any goroutine, and do not wait.
type Editor interface {
	// HideNext keeps the next line that is typed, a password, from being shown and from
	// the editor's history.
	HideNext()
	// SetCompleter has Tab offer what complete returns for the line up to the cursor.
	SetCompleter(complete func(line string) (candidates []string))
}
