package main

import (
	"os"
	"syscall"
)

// stopSignals are the signals that stop chatd in order: Ctrl-C, and what
// Windows sends when the console is closed or the user logs off (os/signal,
// "Windows").
func stopSignals() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

// reloadSignals are the signals on which chatd reads files again: Windows has
// none.
func reloadSignals() []os.Signal { return nil }

// keepBrokenPipes does nothing: writing to a broken pipe fails here anyway.
func keepBrokenPipes() {}
