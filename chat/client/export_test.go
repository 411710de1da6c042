package client

import (
	"context"
	"fmt"
	"net"
	"time"
)

// WithPause has attempts follow one another after d.
func (c Config) WithPause(d time.Duration) Config {
	c.pause = func(int) time.Duration { return d }
	return c
}

// WithServers has the client try several servers, in this order.
func (c Config) WithServers(dials ...func(context.Context) (net.Conn, error)) Config {
	for i, dial := range dials {
		c.servers = append(c.servers, server{fmt.Sprint("server ", i), dial})
	}
	return c
}
