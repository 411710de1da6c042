//go:build unix && !linux

package netpoll

import "golang.org/x/sys/unix"

// writev writes the first piece: the others follow in further calls.
func writev(fd int, pieces [][]byte) (int, error) { return unix.Write(fd, pieces[0]) }

// hasInput is for a fault that only Linux has.
func hasInput(int) bool { return false }
