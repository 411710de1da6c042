package jetstream

import (
	"context"
	"net"
	"time"
)

// writeTimeout is how long a nats-server may not read. nats.go stands still meanwhile, and does
// not even see that the connection is stale.
const writeTimeout = 2 * time.Second

// A dialer makes connections that end when ctx is done, or a write to them fails.
type dialer struct{ ctx context.Context }

func (d dialer) Dial(network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(d.ctx, network, address)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(d.ctx, func() { _ = conn.Close() }) // which may be closed already
	return strict{conn}, nil
}

// strict is a connection that ends when a write fails, or takes too long: of what was written
// before nobody knows what has arrived.
type strict struct{ net.Conn }

func (c strict) Write(b []byte) (n int, err error) {
	if err = c.SetWriteDeadline(time.Now().Add(writeTimeout)); err == nil {
		n, err = c.Conn.Write(b)
	}
	if err != nil {
		_ = c.Close() // the error is that of the write
	}
	return n, err
}
