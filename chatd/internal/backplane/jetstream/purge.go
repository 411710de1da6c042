package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	js "github.com/nats-io/nats.go/jetstream"
)

// How long a record stays in the stream at least, for machines that come back with the copy
// that they had, and how often it is looked for older ones.
const (
	keepRecords  = 7 * 24 * time.Hour
	purgeEvery   = 10 * time.Minute
	purgeTimeout = 30 * time.Second
	minCopies    = 2 // that outlast a power cut, of whatever is purged
)

// A purger deletes records that are old and not needed any more. The machine with the lowest
// live epoch is the one that does.
type purger struct {
	synced map[uint64]uint64 // by epoch: up to where its copy outlasts a power cut
	done   time.Time         // when it was looked last
}

// note notes what a heartbeat says.
func (p *purger) note(epoch, synced uint64) {
	if p.synced == nil {
		p.synced = map[uint64]uint64{}
	}
	p.synced[epoch] = synced
}

// limit returns the position below which nothing is needed any more by the live machines, of
// which own is this one; 0: there is none, or another machine purges.
func (p *purger) limit(live []uint64, own uint64) uint64 {
	if len(live) < minCopies || slices.Min(live) != own {
		return 0
	}
	var synced []uint64
	for _, epoch := range live {
		synced = append(synced, p.synced[epoch])
	}
	slices.Sort(synced)
	return synced[len(synced)-minCopies]
}

// purge starts a purge when it is time for one.
func (l *Log) purge(now time.Time) {
	if now.Sub(l.purger.done) < purgeEvery {
		return
	}
	l.purger.done = now
	if below := l.purger.limit(l.state.Epochs(), l.out.epoch); below > 0 {
		l.purging.Go(func() { // until end, which waits for it
			if err := l.cluster.purge(l.purgeCtx, below, now.Add(-keepRecords)); err != nil {
				l.log.Warn("old records were not purged from the stream; trying again later", "err", err)
			}
		})
	}
}

// purge deletes the records below a position that were stored before a time.
func (c *Cluster) purge(ctx context.Context, below uint64, before time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, purgeTimeout)
	defer cancel()
	first, err := c.firstSince(ctx, before)
	if err != nil {
		return err
	}
	at, err := c.positions(ctx)
	if below = min(below, first); err != nil || below <= at.first {
		return err
	}
	if err := c.stream.Purge(ctx, js.WithPurgeSequence(below)); err != nil {
		return err
	}
	c.config.Log.Info("purged old records from the stream", "first", below, "purged", below-at.first)
	return nil
}

// firstSince returns the position of the first record stored at a time or later.
func (c *Cluster) firstSince(ctx context.Context, t time.Time) (uint64, error) {
	request, err := json.Marshal(struct {
		StartTime time.Time `json:"start_time"`
		NextFor   string    `json:"next_by_subj"`
	}{t, logSubject})
	if err != nil {
		return 0, err
	}
	m, err := c.conn.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+streamName, request)
	if err != nil {
		return 0, err
	}
	if status := m.Header.Get("Status"); status != "" {
		return 0, fmt.Errorf("looking for the first record since %v: %s %s", t, status, m.Header.Get("Description"))
	}
	e, err := entryOf(m)
	return e.seq, err
}
