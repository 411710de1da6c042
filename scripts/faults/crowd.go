package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// What the crowd does.
const (
	crowdSize  = 20
	crowdEvery = 20 * time.Millisecond // a post
	crowdRoom  = "crowd"
)

// Texts of posts.
var (
	crowdText = strings.Repeat("x", 64)
	lastText  = "good-bye"
)

// A crowd is the members of one room. The first posts at fixed times, whether or not the
// posts before have come back, and all read.
type crowd struct {
	members []*crowdMember
	started time.Time
	sent    atomic.Int64  // posts, without the last
	enough  chan struct{} // closed by end
	running sync.WaitGroup
}

type crowdMember struct {
	*harness.Client
	last  uint64          // the number of the room's last post that was read
	took  []time.Duration // by post of the crowd's: from when it was due to be sent until it was read
	noise int             // other lines that were read
}

// crowdNick is the nick of a member. The first one posts.
func crowdNick(n int) string { return fmt.Sprintf("crowd-%d", n) }

// gather connects a crowd.
func gather(ctx context.Context, t *target) (*crowd, error) {
	c := &crowd{enough: make(chan struct{})}
	for n := range crowdSize {
		client, err := t.dial(ctx, nil)
		if err != nil {
			return nil, err
		}
		commands := []string{fmt.Sprintf("NICK %s secret-%d", crowdNick(n), n), "JOIN " + crowdRoom}
		if n == 0 {
			commands = slices.Insert(commands, 0, "CREATE "+crowdRoom)
		}
		for _, command := range commands {
			if _, err := client.Ask(command); err != nil {
				return nil, err
			}
		}
		c.members = append(c.members, &crowdMember{Client: client})
	}
	return c, nil
}

// begin begins to post and to read, until end. What goes wrong is passed to fail.
func (c *crowd) begin(fail func(error)) {
	c.started = time.Now()
	work := func(do func() error) {
		c.running.Go(func() {
			if err := do(); err != nil {
				fail(fmt.Errorf("the crowd: %w", err))
			}
		})
	}
	for _, m := range c.members {
		work(func() error { return m.read(c.due) })
	}
	work(c.post)
}

// end waits until all have read everything.
func (c *crowd) end() {
	close(c.enough)
	c.running.Wait()
}

// due returns when a post is to be sent; they are numbered from 1.
func (c *crowd) due(number uint64) time.Time {
	return c.started.Add(time.Duration(number) * crowdEvery)
}

func (c *crowd) post() error {
	poster := c.members[0].Conn
	for number := uint64(1); ; number++ {
		select {
		case <-time.After(time.Until(c.due(number))):
		case <-c.enough:
			_, err := fmt.Fprintf(poster, "POST %s\n", lastText)
			return err
		}
		if _, err := fmt.Fprintf(poster, "POST %s\n", crowdText); err != nil {
			return err
		}
		c.sent.Add(1)
	}
}

// read reads up to the last post. Each post must come once and in order, whoever posts.
func (m *crowdMember) read(due func(uint64) time.Time) error {
	for {
		line, err := m.Receive()
		switch {
		case err != nil:
			return err
		case line.Type == proto.ERR || line.Type == proto.BYE:
			return fmt.Errorf("it was told %s %s", line.Code, line.Text)
		case line.Type == proto.OK:
			continue
		case line.Type != proto.MSG:
			m.noise++
			continue
		case line.Seq != m.last+1:
			return fmt.Errorf("post %d came after %d", line.Seq, m.last)
		}
		m.last = line.Seq
		switch {
		case line.Nick != crowdNick(0):
			m.noise++
		case line.Text == lastText:
			return nil
		default:
			m.took = append(m.took, time.Since(due(uint64(len(m.took))+1)))
		}
	}
}

// noise returns how many lines that are not the crowd's posts a member has read at most. The
// crowd must have ended.
func (c *crowd) noise() (lines int) {
	for _, m := range c.members {
		lines = max(lines, m.noise)
	}
	return lines
}

// A span is some of the crowd's posts: those after the first from, up to number to.
type span struct{ from, to int }

// during returns the posts that are sent while work runs.
func (c *crowd) during(work func()) span {
	from := int(c.sent.Load())
	work()
	return span{from, int(c.sent.Load())}
}

// p99 returns the 99th percentile, over the posts of a span, of the time from when a post was
// due to its last delivery. The crowd must have ended.
func (c *crowd) p99(s span) time.Duration {
	var took []time.Duration
	for n := s.from; n < s.to; n++ {
		slowest := slices.MaxFunc(c.members, func(a, b *crowdMember) int { return int(a.took[n] - b.took[n]) })
		took = append(took, slowest.took[n])
	}
	return percentile99(took)
}

// percentile99 sorts times and returns their 99th percentile; 0 if there are none.
func percentile99(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[len(times)*99/100]
}
