package server

import (
	"testing"
	"unsafe"
)

// Each connection has a session, idle or not: one of more bytes is allocated 896.
func TestSessionIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(session{}); size > 768 {
		t.Errorf("a session has %d bytes", size)
	}
}
