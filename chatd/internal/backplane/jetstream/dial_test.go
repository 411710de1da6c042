package jetstream

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
)

// TestServerThatDoesNotRead: the connection ends, so that another can be made.
func TestServerThatDoesNotRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own, servers := net.Pipe()
		if n, err := (strict{own}).Write([]byte("PING")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("written are %d bytes, %v", n, err)
		}
		if _, err := servers.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the connection has not ended: %v", err)
		}
	})
}
