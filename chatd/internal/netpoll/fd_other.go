//go:build !unix || nodescriptors

package netpoll

// Connections are not read and written by their descriptors, as on Windows.
const hasDescriptors = false

func (*Conn) readDescriptor() error { return nil }

func (*Conn) writeDescriptor([][]byte) (int, error) { return 0, nil }

// TryWrite writes as much of the pieces as the connection takes without waiting, which
// here is nothing.
func (*Conn) TryWrite([][]byte) (int, error) { return 0, nil }
