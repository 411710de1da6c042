package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// pauses are how long something did not go on while one event happened, and after it.
type pauses struct {
	anybody   time.Duration // from one OK to the next, of all posters together
	posting   time.Duration // from one OK to the next, of the poster that waited longest
	reading   time.Duration // from one post to the next, at a machine that was not broken itself
	roaming   time.Duration // from one post to the next, of a reader that goes on at another machine
	returning time.Duration // from the end of the event until every machine took part again
	moving    time.Duration // until all of the crowd were elsewhere
	leveling  time.Duration // from the end of the event until every nats-server had all that the others have
}

// watch begins to measure pauses.
func (c *cluster) watch() {
	c.now = pauses{}
	for _, h := range c.hosts {
		h.broken.Store(false)
	}
	c.load.acks.reset()
	for _, p := range c.load.posters {
		p.acks.reset()
	}
	for _, r := range c.load.readers {
		r.arrivals.reset()
	}
}

// note adds what watch has measured.
func (c *cluster) note() {
	c.now.anybody = c.load.acks.pause()
	for _, p := range c.load.posters {
		if !p.stays {
			c.now.posting = max(c.now.posting, p.acks.pause())
		}
	}
	for i, r := range c.load.readers[:machines] {
		if !c.hosts[i].broken.Load() {
			c.now.reading = max(c.now.reading, r.arrivals.pause())
		}
	}
	for _, r := range c.load.readers[machines : machines+roamers] {
		c.now.roaming = max(c.now.roaming, r.arrivals.pause())
	}
	c.pauses = append(c.pauses, c.now)
}

// columns are those of the report, each with the median and the longest.
func (c *cluster) columns() []column {
	columns := []column{{"event", c.event.name}, {"times", len(c.pauses)}}
	for _, p := range []struct {
		title string
		of    func(pauses) time.Duration
	}{
		{"no OK", func(p pauses) time.Duration { return p.anybody }},
		{"one poster", func(p pauses) time.Duration { return p.posting }},
		{"nothing to read", func(p pauses) time.Duration { return p.reading }},
		{"one reader", func(p pauses) time.Duration { return p.roaming }},
		{"back after", func(p pauses) time.Duration { return p.returning }},
		{"moved in", func(p pauses) time.Duration { return p.moving }},
		{"level after", func(p pauses) time.Duration { return p.leveling }},
	} {
		if text := describe(c.pauses, p.of); text != "" {
			columns = append(columns, column{p.title, text})
		}
	}
	return columns
}

// describe returns the median and the longest of some times as "1.2/3.4 s"; "" if there are
// none.
func describe(all []pauses, of func(pauses) time.Duration) string {
	var times []time.Duration
	for _, p := range all {
		times = append(times, of(p))
	}
	slices.Sort(times)
	if len(times) == 0 || times[len(times)-1] == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f/%.1f s", times[len(times)/2].Seconds(), times[len(times)-1].Seconds())
}

// again is how often something is looked at that is waited for.
const again = 20 * time.Millisecond

// until calls try until it returns nil, for so long.
func until(ctx context.Context, within time.Duration, try func() error) error {
	for began := time.Now(); ; sleep(ctx, again) {
		err := try()
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Since(began) > within:
			return fmt.Errorf("after %v: %w", within, err)
		}
	}
}

// recover waits until everything goes on that an event has interrupted: every machine has a
// change decided, every poster is acknowledged, the reader at every machine has read what was
// acknowledged, and every nats-server has all of the log.
func (c *cluster) recover(ctx context.Context) error {
	ended := time.Now()
	for _, h := range c.all() {
		if err := until(ctx, recoverWithin, func() error { return h.decide(ctx, c.load.source.rooms[0], "well again") }); err != nil {
			return fmt.Errorf("%s takes no part: %w", h.name, err)
		}
	}
	c.now.returning = time.Since(ended)
	err := until(ctx, recoverWithin, func() error {
		for _, p := range c.load.posters {
			if !p.acks.since(ended) {
				return fmt.Errorf("%s has posted nothing", nickOf(p.number))
			}
		}
		return c.allRead()
	})
	if err == nil {
		err = c.level(ctx)
	}
	c.now.leveling = time.Since(ended)
	return err
}

// levelWithin is how soon a nats-server has what it has missed. One that has led while it was
// cut off may try in vain until the others make a snapshot.
const levelWithin = 3 * time.Minute

// level waits until every nats-server has all that the others have. Where two of them lack
// something, nothing can be decided: one event is not to begin before another is over.
func (c *cluster) level(ctx context.Context) error {
	for _, s := range c.nats {
		if err := until(ctx, levelWithin, func() error { return s.ask(ctx, "/healthz", new(json.RawMessage)) }); err != nil {
			return fmt.Errorf("%s lacks what the others have: %w", s.name, err)
		}
	}
	return nil
}

// allRead returns an error if somebody has not read what was acknowledged.
func (c *cluster) allRead() error {
	if behind := c.load.ledger.behind(c.load.ledger.lasts()); behind != "" {
		return errors.New(behind)
	}
	return nil
}
