package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"golang.org/x/crypto/ssh"
)

// maxKeys is how many keys an account may have.
const maxKeys = 3

// An accountState is what chatd has stored of an account. The zero value is a name that
// nobody has registered.
type accountState struct {
	password int   // which of the account's passwords, from 1; 0: none, so nobody can log in
	keys     uint8 // bit i is set if the account has its key i
	released bool
}

func (s accountState) String() string {
	switch {
	case s.released:
		return "released"
	case s.password == 0:
		return "not registered"
	}
	return fmt.Sprintf("registered with password %d and keys %03b", s.password, s.keys)
}

// An account is a name, and what chatd must have stored of it: known, or, if the last
// change has no answer, known or pending.
type account struct {
	name           string
	known, pending accountState
	replaced       int // the password before known.password
}

// become notes what is stored.
func (a *account) become(s accountState) {
	if s.password != a.known.password {
		a.replaced = a.known.password
	}
	a.known, a.pending = s, s
}

// passwords returns the passwords that may be the account's.
func (a *account) passwords() (numbers []int) {
	for _, n := range []int{a.known.password, a.pending.password} {
		if n > 0 && (len(numbers) == 0 || n != numbers[0]) {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// password returns a password of the account.
func (a *account) password(n int) string { return fmt.Sprintf("password %d of %s", n, a.name) }

// A publicKey is a key as a .pub file and as chatd names it.
type publicKey struct{ line, fingerprint string }

// key returns a key of the account, which depends on its name alone.
func (a *account) key(i int) publicKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "key %d of %s", i, a.name))
	public, err := ssh.NewPublicKey(ed25519.NewKeyFromSeed(seed[:]).Public())
	if err != nil {
		panic(err) // it is of a known kind
	}
	line := bytes.TrimSpace(ssh.MarshalAuthorizedKey(public))
	return publicKey{fmt.Sprintf("%s %s", line, a.keyComment(i)), ssh.FingerprintSHA256(public)}
}

func (a *account) keyComment(i int) string { return fmt.Sprintf("key %d of %s", i, a.name) }

// A change is a command that changes an account, and what is stored after it.
type change struct {
	command string
	after   accountState
}

// registration returns the change with which the account begins.
func (a *account) registration() change {
	return change{"REGISTER " + a.password(1), accountState{password: 1}}
}

// newPassword returns the change to another password.
func (a *account) newPassword() change {
	after := a.known
	after.password++
	return change{"PASSWD " + a.password(after.password), after}
}

// flip returns the change that adds a key, or removes it.
func (a *account) flip(i int) change {
	after := a.known
	after.keys ^= 1 << i
	key := a.key(i)
	if after.keys > a.known.keys {
		return change{"KEYS ADD " + key.line, after}
	}
	return change{"KEYS REMOVE " + key.fingerprint, after}
}

// release returns the change with which the account ends.
func (a *account) release() change { return change{"UNREGISTER", accountState{released: true}} }
