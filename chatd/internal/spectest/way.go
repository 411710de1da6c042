package spectest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"regexp"
)

// A Way is how a client of a transcript connects. The zero value is plain TCP over loopback.
type Way struct {
	Door string // "tls", "ssh", "unix" or "admin"; "": TCP
	User string // ssh's user name
	Key  string // the name of the key that it shows (see Key); "": none
}

var way = regexp.MustCompile(`^(tls|ssh|unix|admin)(?: as (\w+))?(?: with (\w+))?$`)

// ParseWay reads the text of a Step whose mark is "=": a door, "as" and a user name, "with"
// and the name of a key.
func ParseWay(text string) (Way, error) {
	m := way.FindStringSubmatch(text)
	if m == nil {
		return Way{}, fmt.Errorf("%q is no way to connect", text)
	}
	return Way{m[1], m[2], m[3]}, nil
}

// Key returns the key of that name, always the same one, so that transcripts can have its
// fingerprint.
func Key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("a key of protocol.md: " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}
