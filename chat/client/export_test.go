package client

import (
	"context"
	"net"
	"time"
)

// WithDial has Dial connect by other means.
func (c Config) WithDial(dial func(context.Context) (net.Conn, error)) Config {
	c.dial = dial
	return c
}

// WithPause has attempts follow one another after d.
func (c Config) WithPause(d time.Duration) Config {
	c.pause = func(int) time.Duration { return d }
	return c
}
