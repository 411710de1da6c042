//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// stopSignals are the signals that stop chatd in order.
func stopSignals() []os.Signal { return []os.Signal{syscall.SIGINT, syscall.SIGTERM} }

// reloadSignals are the signals on which chatd reads files again.
func reloadSignals() []os.Signal { return []os.Signal{syscall.SIGHUP} }

// keepBrokenPipes has writing to a stderr whose reader has gone fail, which would otherwise
// end the process.
func keepBrokenPipes() { signal.Ignore(syscall.SIGPIPE) }
