// Package terminal is the terminal that a person sits at: on Unix a Terminal, with
// its mode and size, what is typed there, and what signals say about it; on Windows a
// Console. It knows nothing of what is drawn or edited.
package terminal

import "errors"

// ErrNotATerminal says that there is no terminal to edit on: stdin or stdout is
// not one, TERM is unset, dumb or cons25, this package does not know the system's
// terminals, or the system denies what is needed besides.
var ErrNotATerminal = errors.New("not a terminal to edit on")

// A SignalError says that a signal has asked the program to end.
type SignalError struct {
	Name string // such as SIGTERM
}

func (e *SignalError) Error() string { return "ended by " + e.Name }
