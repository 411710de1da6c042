package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// agreeWithin is how long machines may take to be level once nobody posts. One that was taken
// for gone takes its people along after seven seconds.
const agreeWithin = 30 * time.Second

// compare has nobody post, and waits until all machines have the same: everything is read
// everywhere, what they have made of the log has one hash, and the same people are in each room.
func (c *cluster) compare(ctx context.Context) error {
	c.posting.Lock()
	defer c.posting.Unlock()
	for _, same := range []func(context.Context) error{
		func(context.Context) error { return c.allRead() },
		c.samePosition,
		c.sameMembers,
	} {
		if err := until(ctx, agreeWithin, func() error { return same(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

// samePosition returns an error unless all machines are at one position, with one hash. The log
// goes on, with the heartbeats of each.
func (c *cluster) samePosition(ctx context.Context) error {
	hosts := c.all()
	all := make([]position, len(hosts))
	for i, h := range hosts {
		var err error
		if all[i], err = h.position(ctx); err != nil {
			return err
		}
	}
	for i, p := range all {
		if p.applied == all[0].applied && p.hash != all[0].hash {
			c.load.ledger.fault(broken, "%s has another hash than %s at position %d of the log", hosts[i].name, hosts[0].name, p.applied)
		}
	}
	if slices.ContainsFunc(all, func(p position) bool { return p != all[0] }) {
		return fmt.Errorf("the machines are at %v", all)
	}
	return nil
}

// sameMembers returns an error unless every machine says that those are in a room who are.
func (c *cluster) sameMembers(ctx context.Context) error {
	for room, name := range c.load.source.rooms {
		var in []string
		for _, r := range c.load.readers {
			if slices.Contains(r.rooms, room) {
				in = append(in, r.name())
			}
		}
		slices.Sort(in)
		want := strings.Join(in, " ")
		for _, h := range c.all() {
			if got, err := h.members(ctx, name); err != nil || got != want {
				return fmt.Errorf("at %s there are in %s: %s, want %s (%v)", h.name, name, got, want, err)
			}
		}
	}
	return nil
}
