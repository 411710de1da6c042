package main

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// takesEscapes reports whether f is a console that understands escape
// sequences, which consoles do once they have been told to; see saveMode.
func takesEscapes(f *os.File) bool {
	var mode uint32
	console := windows.Handle(f.Fd())
	if windows.GetConsoleMode(console, &mode) != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}

// saveMode returns what gives the console that f is the mode back that it has now.
func saveMode(f *os.File) (restore func()) {
	var mode uint32
	console := windows.Handle(f.Fd())
	if windows.GetConsoleMode(console, &mode) != nil {
		return func() {}
	}
	return func() { _ = windows.SetConsoleMode(console, mode) }
}

// keepBrokenPipes has nothing to do: a write that nobody reads fails.
func keepBrokenPipes() {}

// isBrokenPipe reports whether a write has failed because nobody reads it.
func isBrokenPipe(err error) bool {
	return errors.Is(err, windows.ERROR_BROKEN_PIPE) || errors.Is(err, windows.ERROR_NO_DATA)
}

// readerGone waits until the context has ended. That nobody reads what is
// written to f is noticed with the next write.
func readerGone(ctx context.Context, _ *os.File) (bool, error) {
	<-ctx.Done()
	return false, nil
}
