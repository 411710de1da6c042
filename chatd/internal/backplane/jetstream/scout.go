package jetstream

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

const (
	scoutAfter   = 1500 * time.Millisecond // without a record, or the one under way
	scoutEvery   = tickEvery               // a server is asked again
	scoutTimeout = 500 * time.Millisecond  // for an answer; and after it the other servers are asked
	moveEvery    = 2 * time.Second

	// heardWithin is how long ago the stream's leader has heard of a replica that is well, which
	// answers it once a second. A leader that has been cut off since it was last heard here has not
	// when the other servers are asked.
	heardWithin = scoutAfter + scoutTimeout

	stayTimeout = 100 * time.Millisecond // for the answer of the server that would be left
)

// A sighting is a nats-server that reaches the stream's leader.
type sighting struct {
	url   string // "": the one that this machine is connected to
	later bool   // it did not when it was asked first
}

// silent reports whether no record comes, or the one under way does not: a nats-server may be
// cut off from the leader and not from the replicas that records are fetched from.
func (l *Log) silent(now time.Time) bool {
	return now.Sub(l.delivered) >= scoutAfter || l.out.flight != nil && now.Sub(l.out.flight.began) >= scoutAfter
}

// scout has it be found out, while this machine hears nothing, which nats-server reaches the
// stream's leader, and looks how the stream is, whether one is found or not.
func (l *Log) scout(now time.Time) {
	switch {
	case !l.silent(now):
		l.endScout()
	case now.Sub(l.looked) >= lookEvery:
		if l.stopScout == nil {
			var ctx context.Context
			ctx, l.stopScout = context.WithCancel(context.Background())
			l.scouting.Go(func() { l.cluster.scout(ctx, l.sighted) }) // until endScout, or end, which waits for it
		}
		l.look()
	}
}

func (l *Log) endScout() {
	if l.stopScout != nil {
		l.stopScout()
		l.stopScout = nil
	}
}

// use goes on at a nats-server that reaches the stream's leader. Where it did not before, what was
// asked and published is lost.
func (l *Log) use(s sighting) {
	l.endScout()
	switch now := time.Now(); {
	case l.stopped != nil || !l.silent(now):
	case s.url != "" && now.Sub(l.moved) >= moveEvery:
		l.moved = now
		l.log.Info("moving to a nats-server that reaches the leader of the stream", "from", l.cluster.conn.ConnectedUrlRedacted())
		l.cluster.moveTo(s.url)
	case s.url == "":
		if s.later {
			l.goOn()
		}
		l.look()
	}
}

// goOn asks and publishes again, at once.
func (l *Log) goOn() {
	if l.stopped == nil {
		l.in.fetchAnew()
		l.out.again(time.Now())
	}
}

// scout sends to found which nats-server reaches the stream's leader, once there is one, unless
// ctx is done before. If the one that this machine is connected to does not, the others are tried
// on connections of their own, so that this one is not given up for a server that is no better.
func (c *Cluster) scout(ctx context.Context, found chan<- sighting) {
	trying, cancel := context.WithCancel(ctx)
	seen := make(chan sighting)
	see := func(s sighting) {
		select {
		case seen <- s:
		case <-trying.Done():
		}
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer cancel()
	all.Go(func() { c.await(trying, c.conn, "", see) })
	for others := time.After(scoutTimeout); ; {
		select {
		case s := <-seen:
			if s.url != "" && leads(ctx, c.conn, stayTimeout) {
				s = sighting{later: true}
			}
			select {
			case found <- s:
			case <-ctx.Done():
			}
			return
		case <-others:
			for _, url := range c.config.URLs {
				all.Go(func() { c.try(trying, url, see) })
			}
		case <-ctx.Done():
			return
		}
	}
}

// try connects to a server, and sees it once it reaches the stream's leader.
func (c *Cluster) try(ctx context.Context, url string, see func(sighting)) {
	own := []nats.Option{nats.NoReconnect(), nats.DisconnectErrHandler(nil), nats.SetCustomDialer(dialer{ctx})}
	for ctx.Err() == nil {
		if conn, err := nats.Connect(url, append(c.config.options(), own...)...); err == nil {
			c.await(ctx, conn, conn.ConnectedUrl(), see)
			conn.Close()
		}
		wait(ctx, scoutEvery)
	}
}

// await asks for the stream's leader until there is an answer, and sees it. It returns before if
// the connection is closed, or ctx is done.
func (c *Cluster) await(ctx context.Context, conn *nats.Conn, url string, see func(sighting)) {
	for later := false; ctx.Err() == nil && !conn.IsClosed(); later = true {
		if leads(ctx, conn, scoutTimeout) {
			see(sighting{url, later})
			return
		}
		wait(ctx, scoutEvery)
	}
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// leads reports whether the stream's leader answers in time, and has heard of most replicas. One
// that is cut off answers for as long as it takes itself for the leader.
func leads(ctx context.Context, conn *nats.Conn, timeout time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	m, err := conn.RequestWithContext(ctx, "$JS.API.STREAM.INFO."+streamName, nil)
	if err != nil {
		return false
	}
	var answer struct {
		Error   *js.APIError
		Cluster *js.ClusterInfo
	}
	return json.Unmarshal(m.Data, &answer) == nil && answer.Error == nil && hasMost(answer.Cluster)
}

// hasMost reports whether there is a leader, and it has heard of most replicas; nil: there is one
// server alone.
func hasMost(c *js.ClusterInfo) bool {
	if c == nil || c.Leader == "" {
		return c == nil
	}
	heard := 1
	for _, r := range c.Replicas {
		if !r.Offline && r.Active < heardWithin {
			heard++
		}
	}
	return 2*heard > 1+len(c.Replicas)
}

// A destination is the server that a connection is to be made to next.
type destination struct{ url atomic.Value }

// choose has nats.go take that server once, and any later.
func (d *destination) choose(servers []nats.Server, _ nats.ServerInfo) (*nats.Server, time.Duration) {
	url, _ := d.url.Swap("").(string)
	for i := range servers {
		if url != "" && servers[i].URL.String() == url {
			return &servers[i], 0
		}
	}
	return nil, 0
}

// moveTo has the connection be made to another server.
func (c *Cluster) moveTo(url string) {
	c.next.url.Store(url)
	_ = c.conn.ForceReconnect() // fails where the connection is closed
}
