//go:build unix

package main

import (
	"os"
	"syscall"
)

// stopSignals are the signals that stop chatd in order.
func stopSignals() []os.Signal { return []os.Signal{syscall.SIGINT, syscall.SIGTERM} }

// reloadSignals are the signals on which chatd reads files again.
func reloadSignals() []os.Signal { return []os.Signal{syscall.SIGHUP} }
