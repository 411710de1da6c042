package client

import "time"

// WithPause has attempts follow one another after d.
func (c Config) WithPause(d time.Duration) Config {
	c.pause = func(int) time.Duration { return d }
	return c
}
