package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"linechat/chatd/proto"
)

// A partition says who cannot reach whom for the nth time, and which machines take no part
// meanwhile: their chatds are cut off from most nats-servers.
type partition func(ctx context.Context, c *cluster, n int) (cuts []link, lone []*host, err error)

// A link is what packets go over, in one direction.
type link struct{ from, to *node }

// between returns the links between nodes and others, in both directions.
func linksBetween(some, others []*node) (links []link) {
	for _, a := range some {
		for _, b := range others {
			if a != b {
				links = append(links, link{a, b}, link{b, a})
			}
		}
	}
	return links
}

// natsNodes returns where the nats-servers are but one; -1: all.
func (c *cluster) natsNodes(but int) (nodes []*node) {
	for i, s := range c.nats {
		if i != but {
			nodes = append(nodes, s.at)
		}
	}
	return nodes
}

// hostNodes returns where the chatds are but one.
func (c *cluster) hostNodes(but int) (nodes []*node) {
	for i, h := range c.hosts {
		if i != but {
			nodes = append(nodes, h.at)
		}
	}
	return nodes
}

// partPair parts two nats-servers, each pair in turn. The third one reaches both.
func partPair(_ context.Context, c *cluster, n int) ([]link, []*host, error) {
	a, b := c.nats[n%machines], c.nats[(n+1)%machines]
	return linksBetween([]*node{a.at}, []*node{b.at}), nil, nil
}

// partChatd parts a chatd from all nats-servers.
func partChatd(_ context.Context, c *cluster, n int) ([]link, []*host, error) {
	h := c.hosts[n%machines]
	return linksBetween([]*node{h.at}, c.natsNodes(-1)), []*host{h}, nil
}

// leadingNumber returns the number of the nats-server that leads, from 0.
func (c *cluster) leadingNumber(ctx context.Context) (int, error) {
	s, err := c.leading(ctx)
	if err != nil {
		return 0, err
	}
	for i := range c.nats {
		if c.nats[i] == s {
			return i, nil
		}
	}
	return 0, errors.New("it is none of these")
}

// partNATS parts a nats-server from the others, and not from the chatds: the one that leads, or
// another.
func partNATS(ctx context.Context, c *cluster, n int) ([]link, []*host, error) {
	i, err := c.leadingNumber(ctx)
	i = (i + n) % machines
	return linksBetween([]*node{c.nats[i].at}, c.natsNodes(i)), nil, err
}

// partMachine parts a nats-server and a chatd from all others: the one that leads, or another.
func partMachine(ctx context.Context, c *cluster, n int) ([]link, []*host, error) {
	i, err := c.leadingNumber(ctx)
	i = (i + n) % machines
	own := []*node{c.nats[i].at, c.hosts[i].at}
	return linksBetween(own, append(c.natsNodes(i), c.hostNodes(i)...)), []*host{c.hosts[i]}, err
}

// partOneWay has a nats-server hear the others, and not be heard: the one that leads, or
// another.
func partOneWay(ctx context.Context, c *cluster, n int) (cuts []link, lone []*host, err error) {
	i, err := c.leadingNumber(ctx)
	i = (i + n) % machines
	for _, other := range c.natsNodes(i) {
		cuts = append(cuts, link{c.nats[i].at, other})
	}
	return cuts, nil, err
}

// happen returns the event of a partition: it is for --stopped. Meanwhile the machines that
// take part must have something decided, and the others refuse it.
func (p partition) happen(ctx context.Context, c *cluster, n int) error {
	cuts, lone, err := p(ctx, c, n)
	if err != nil {
		return err
	}
	for _, h := range lone {
		h.broken.Store(true)
	}
	began := time.Now()
	for _, l := range cuts {
		err = errors.Join(err, c.network.cut(l.from, l.to))
	}
	if err == nil {
		err = c.sides(ctx)
	}
	sleep(ctx, c.stopped-time.Since(began))
	return errors.Join(err, c.network.heal())
}

// sides has each machine be asked for a change, at once.
func (c *cluster) sides(ctx context.Context) error {
	var asking sync.WaitGroup
	errs := make([]error, len(c.hosts))
	for i, h := range c.hosts {
		asking.Go(func() {
			if h.broken.Load() {
				errs[i] = h.refuses(ctx, c.load.source.rooms[0])
			} else {
				errs[i] = until(ctx, goesOnWithin, func() error { return h.decide(ctx, c.load.source.rooms[0], "still here") })
			}
		})
	}
	asking.Wait()
	return errors.Join(errs...)
}

// goesOnWithin is how soon a machine has something decided again that can reach most
// nats-servers.
const goesOnWithin = 20 * time.Second

// refuses returns an error unless chatd says within the time that clients have that it cannot
// have a change decided.
func (h *host) refuses(ctx context.Context, room string) error {
	began := time.Now()
	err := h.decide(ctx, room, "is anybody there")
	var no *proto.Error
	switch took := time.Since(began); {
	case err == nil:
		return fmt.Errorf("%s has a change decided, though it is cut off", h.name)
	case !errors.As(err, &no) || no.Code != proto.StoreFailed && no.Code != proto.Unknown:
		return fmt.Errorf("%s, which is cut off, answers a change: %w", h.name, err)
	case took > silence:
		return fmt.Errorf("%s, which is cut off, answers a change after %v", h.name, took)
	}
	return nil
}
