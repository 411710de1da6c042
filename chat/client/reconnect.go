package client

import (
	"context"
	"maps"
	"slices"
	"time"

	"linechat/chatd/proto"
)

// restore has the server's settings be as they were set.
func (c *Client) restore(cn *conn) error {
	c.mu.Lock()
	settings := maps.Clone(c.settings)
	c.mu.Unlock()
	for name, value := range settings {
		k, err := c.ask(proto.Command{Verb: "SET", Words: []string{name, value}}, nil)
		if err != nil {
			return err
		}
		if err := cn.await(cn.ctx, k); err != nil && refused(err) == nil {
			return err
		}
	}
	return nil
}

// resume joins the rooms again, in their order. Those that the server cannot
// read now are tried until it can.
func (c *Client) resume(cn *conn) error {
	c.mu.Lock()
	todo := slices.Clone(c.rooms)
	c.mu.Unlock()
	for failed := 1; ; failed++ {
		again, err := c.rejoin(cn, todo)
		if err != nil {
			return err
		}
		if len(again) == 0 {
			return c.restoreCurrent(cn)
		}
		if todo = again; !sleep(cn.ctx, c.config.pause(failed)) {
			return context.Cause(cn.ctx)
		}
	}
}

// rejoin sends a JOIN for each of the rooms at once, and returns those that are
// to be tried again.
func (c *Client) rejoin(cn *conn, rooms []*room) (again []*room, err error) {
	calls := make([]*request, len(rooms))
	for i, r := range rooms {
		c.mu.Lock()
		words := append([]string{r.name}, After(r.last).words...)
		c.mu.Unlock()
		if calls[i], err = c.ask(proto.Command{Verb: "JOIN", Words: words}, r); err != nil {
			return nil, err
		}
	}
	for i, r := range rooms {
		err := cn.await(cn.ctx, calls[i])
		if e := refused(err); e != nil && e.Code == proto.BadPosition {
			err = c.joinPlainly(cn, r) // it is not the room that it was
		}
		switch e := refused(err); {
		case err == nil:
		case e == nil:
			return nil, err
		case e.Code == proto.StoreFailed || e.Code == proto.Stopping || e.Code == proto.Internal || e.Code == proto.RateLimited:
			again = append(again, r)
		default:
			c.lose(r, e)
		}
	}
	return again, nil
}

// joinPlainly joins a room without having anything brought back.
func (c *Client) joinPlainly(cn *conn, r *room) error {
	c.mu.Lock()
	name := r.name
	c.mu.Unlock()
	k, err := c.ask(proto.Command{Verb: "JOIN", Words: []string{name}}, r)
	if err != nil {
		return err
	}
	return cn.await(cn.ctx, k)
}

// restoreCurrent makes the room that was current the current one, where
// another one was joined last.
func (c *Client) restoreCurrent(cn *conn) error {
	c.mu.Lock()
	n := len(c.rooms)
	done := n == 0 || c.rooms[n-1] == cn.latest
	var r *room
	if !done {
		r = c.rooms[n-1]
	}
	c.mu.Unlock()
	if done {
		return nil
	}
	return c.joinPlainly(cn, r)
}

// lose gives up a room that the server refuses.
func (c *Client) lose(r *room, why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rooms = slices.DeleteFunc(c.rooms, func(other *room) bool { return other == r })
	c.events.push(RoomLost{Room: r.name, Err: why})
}

// sleep waits; false: ctx has ended.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
