package account

import (
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
)

// The length of a password in bytes, as OpaqueString (RFC 8265, section 4.2) has it.
const (
	MinPassword = 8
	MaxPassword = 128
)

// prepare returns a password in the one form in which it is hashed. A *PasswordError.
func prepare(password string) (string, error) {
	p, err := precis.OpaqueString.String(password)
	switch {
	case password == "":
		return "", &PasswordError{"a password may not be empty"}
	case !utf8.ValidString(password):
		return "", &PasswordError{"a password is UTF-8"}
	case err != nil:
		return "", &PasswordError{"a password may not have control characters"}
	case len(p) < MinPassword:
		return "", &PasswordError{fmt.Sprintf("a password has at least %d bytes", MinPassword)}
	case len(p) > MaxPassword:
		return "", &PasswordError{fmt.Sprintf("a password has at most %d bytes", MaxPassword)}
	}
	return p, nil
}
