package main

import (
	"context"
	"time"
)

// runKill kills chatd under load, and now and then while it starts.
func runKill(ctx context.Context, s *scene) error {
	if err := s.build(ctx); err != nil {
		return err
	}
	data := s.path("data")
	if s.memory {
		data = ""
	}
	c := newCampaign(s, data)
	for c.rounds < s.rounds && !c.load.ledger.faulty() {
		if err := c.round(ctx); err != nil {
			return err
		}
		if c.moments.IntN(8) == 0 {
			if err := c.killWhileStarting(); err != nil {
				return err
			}
		}
		if c.rounds%checkEvery == 0 {
			c.check(ctx)
		}
	}
	return c.finish(ctx)
}

// killWhileStarting kills chatd a few milliseconds after its start.
func (c *campaign) killWhileStarting() error {
	d, err := c.launch(c.args...)
	if err != nil {
		return err
	}
	time.Sleep(between(c.moments, 0, 30*time.Millisecond))
	select {
	case <-d.Ended():
		c.load.ledger.fault(broken, "chatd ended while it started: %s", d.Output())
	default:
		d.Kill()
	}
	return nil
}
