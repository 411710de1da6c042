//go:build !linux

package main

import (
	"errors"
	"fmt"
	"net"
)

// sendUrgent returns an error: attacks run on Linux only.
func sendUrgent(*net.TCPConn, string) error {
	return fmt.Errorf("urgent data: %w", errors.ErrUnsupported)
}
