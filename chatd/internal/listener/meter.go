package listener

import (
	"cmp"
	"context"
	"net"
	"time"
)

// A Meter is told what becomes of connections. Its methods may be called from any goroutine,
// and must not wait.
type Meter interface {
	// ConnectionRefused: its address has as many as it may, "address", or there is too little
	// memory for it, "memory".
	ConnectionRefused(limit string)
	// HandshakeDone: a handshake of that door, DoorTLS or DoorSSH, has taken that time, and
	// failed if err says so.
	HandshakeDone(door string, took time.Duration, err error)
}

type noMeter struct{}

func (noMeter) ConnectionRefused(string)                   {}
func (noMeter) HandshakeDone(string, time.Duration, error) {}

// A handshaker makes a session of a connection.
type handshaker = func(context.Context, net.Conn) (net.Conn, error)

// measured returns shake, of which the meter is told each time.
func (o *Options) measured(door string, shake handshaker) handshaker {
	meter := cmp.Or(o.Meter, Meter(noMeter{}))
	return func(ctx context.Context, c net.Conn) (net.Conn, error) {
		began := time.Now()
		shaken, err := shake(ctx, c)
		meter.HandshakeDone(door, time.Since(began), err)
		return shaken, err
	}
}
