//go:build !unix

package netpoll

import "syscall"

// Sockets of this system are not read and written by their descriptor here.
const hasDescriptors = false

type descriptor struct{ raw syscall.RawConn }

func (*Conn) open(syscall.RawConn) {}

func (*Conn) readDescriptor() error { return nil }

func (*Conn) writeDescriptor([][]byte) (int, error) { return 0, nil }

// TryWrite writes as much of the pieces as the connection takes without waiting, which
// here is nothing.
func (*Conn) TryWrite([][]byte) (int, error) { return 0, nil }
