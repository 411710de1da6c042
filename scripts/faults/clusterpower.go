package main

import (
	"context"
	"errors"

	"linechat/scripts/harness"
)

// mountDisks gives every program a disk for its data.
func (c *cluster) mountDisks() error {
	if err := canMount(); err != nil {
		return err
	}
	var dirs []string
	for _, s := range c.nats {
		dirs = append(dirs, s.data())
	}
	for _, h := range c.hosts {
		dirs = append(dirs, h.data())
	}
	for i, dir := range dirs {
		d, err := newMachine(c.workspace, dir, forDisks+uint64(i))
		if err != nil {
			return err
		}
		c.disks = append(c.disks, d)
	}
	return nil
}

// cutPower cuts the power of all machines at once, and starts their programs on what was
// synced.
func cutPower(ctx context.Context, c *cluster, _ int) error {
	for _, h := range c.hosts {
		h.broken.Store(true)
	}
	c.kill()
	for _, d := range c.disks {
		if err := d.cutPower(); err != nil {
			return err
		}
	}
	if err := c.startServers(ctx); err != nil {
		return err
	}
	for _, h := range c.hosts {
		err := h.start(ctx, c.chatd)
		var refusal *harness.EarlyEnd
		if errors.As(err, &refusal) {
			c.load.ledger.fault(lost, "%s does not start any more: %v", h.name, err)
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
