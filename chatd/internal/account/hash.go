package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// A cost is the parameters of argon2id (RFC 9106).
type cost struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8
}

// today is what new hashes cost. Those that cost less are computed anew at the next login.
var today = cost{memory: 19 << 10, time: 2, threads: 1}

// highest is what a hash may cost: a file that was changed must not stop the server.
var highest = cost{memory: 256 << 10, time: 16, threads: 16}

const (
	saltSize = 16
	sumSize  = 32
)

var encoding = base64.RawStdEncoding.Strict()

// hash returns the hash of a password with a salt of its own, as a PHC string:
// $argon2id$v=19$m=19456,t=2,p=1$salt$sum.
func hash(password string, c cost) string {
	salt := random(saltSize)
	return format(c, salt, argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, sumSize))
}

// nobodys returns a hash that no password has, without computing one. To verify a password
// against it takes as long as against any other of today's.
func nobodys() string { return format(today, random(saltSize), random(sumSize)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func format(c cost, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.threads,
		encoding.EncodeToString(salt), encoding.EncodeToString(sum))
}

// parse reads what hash has written.
func parse(phc string) (c cost, salt, sum []byte, err error) {
	fields := strings.Split(phc, "$")
	if len(fields) != 6 || fields[0] != "" || fields[1] != "argon2id" || fields[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, fmt.Errorf("account: not a hash of argon2id, version %d", argon2.Version)
	}
	if _, err = fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil {
		return c, nil, nil, fmt.Errorf("account: the parameters of a hash: %w", err)
	}
	if c.memory > highest.memory || c.time > highest.time || c.threads > highest.threads || c.time == 0 || c.threads == 0 {
		return c, nil, nil, fmt.Errorf("account: a hash with parameters out of bounds")
	}
	if salt, err = encoding.DecodeString(fields[4]); err != nil {
		return c, nil, nil, fmt.Errorf("account: the salt of a hash: %w", err)
	}
	if sum, err = encoding.DecodeString(fields[5]); err != nil || len(sum) < 16 || len(sum) > 64 {
		return c, nil, nil, fmt.Errorf("account: the sum of a hash is not one")
	}
	return c, salt, sum, nil
}

// CheckHash returns an error if phc is no hash of a password that a Store may be given.
func CheckHash(phc string) error {
	_, _, _, err := parse(phc)
	return err
}

// verify reports whether the password is that of the hash, and whether the hash costs less
// than today's.
func verify(phc, password string) (ok, outdated bool) {
	c, salt, want, err := parse(phc)
	if err != nil {
		return false, false
	}
	got := argon2.IDKey([]byte(password), salt, c.time, c.memory, c.threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, c.memory < today.memory || c.time < today.time
}
