package jetstream

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
)

const (
	cutOffAfter = timeLimit       // without a record, one's own heartbeats included
	lookEvery   = 2 * time.Second // the stream is asked how it is where none comes
	lookTimeout = 500 * time.Millisecond

	// staleTime is for how long at most a nats-server that is cut off from the others answers
	// for the stream as it was.
	staleTime = 20 * time.Second
)

// Why a log is not followed from a copy.
var (
	// ErrCopyNeeded says that the stream begins after the copy: its data directory has to be
	// given up for a copy from another machine, which Cluster.Fetch gets, or for a backup.
	ErrCopyNeeded = errors.New("the log does not go back to where this copy ends")

	errReset   = errors.New("the stream is not the one that this copy was made of: the nats-servers have lost records, or it was made anew; stop all chatds, chatd export the copy that is furthest, and import that into a new stream")
	errMissing = errors.New("the stream has lost a record between others; nats-server's log may say why. Restore this machine from a backup or a copy, if others are further")
	errDiffers = errors.New("this copy differs from those of the other machines; stop chatd, move its data directory away and start it again: it takes a copy from another machine")
)

// checkCopy refuses a copy that the log does not go on from.
func (c *Cluster) checkCopy(s *machine.State, at positions) error {
	applied, chat := s.Applied(), s.Settings().Chat
	switch {
	case chat != [16]byte{} && chat != c.chat:
		return fmt.Errorf("the data directory is a copy of chat %x, and the stream %s is that of chat %x: give chatd the right --data or --nats", chat, streamName, c.chat)
	case applied > at.last:
		return fmt.Errorf("%w (copy %d, stream %d)", errReset, applied, at.last)
	case applied+1 < at.first:
		return fmt.Errorf("%w: the copy ends at %d, and the stream begins at %d", ErrCopyNeeded, applied, at.first)
	}
	return nil
}

// look asks the stream's leader how it is: records may be missing, or be gone.
func (l *Log) look() {
	l.looked = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	at, err := l.cluster.positions(ctx)
	if err == nil {
		err = l.cluster.checkCopy(l.state, at)
	}
	if err == nil {
		err = l.checkLast(ctx)
	}
	switch {
	case errors.Is(err, ErrCopyNeeded):
		l.halt(err)
	case errors.Is(err, errReset):
		l.suspect(err)
	case err == nil:
		l.suspected = time.Time{}
		if at.last >= l.in.next {
			l.find(ctx)
		}
	}
}

// checkLast returns errReset if the stream has another record in the place of the last one that
// was applied: it was made anew, and has come as far since.
func (l *Log) checkLast(ctx context.Context) error {
	own := l.trail.at(l.state.Applied())
	if own == nil || own.time.IsZero() {
		return nil
	}
	e, err := l.cluster.leaderEntry(ctx, own.seq)
	if err == nil && !e.time.Equal(own.time) {
		return fmt.Errorf("%w (record %d is another one)", errReset, own.seq)
	}
	return nil // purged, or nobody knows now
}

// suspect ends the following of the log if its stream has been another one for so long that
// whoever says so is not merely behind.
func (l *Log) suspect(err error) {
	if l.suspected.IsZero() {
		l.suspected = l.looked
	}
	if l.looked.Sub(l.suspected) >= l.cluster.stale {
		l.halt(err)
	}
}

// find asks the stream's leader for the next record.
func (l *Log) find(ctx context.Context) {
	e, err := l.cluster.leaderEntry(ctx, l.in.next)
	switch {
	case err == nil:
		l.batch = l.in.pass(e, l.batch)
	case errors.Is(err, js.ErrMsgNotFound):
		l.halt(fmt.Errorf("record %d: %w", l.in.next, errMissing))
	}
}

// tick does what is due from time to time.
func (l *Log) tick() {
	now := time.Now()
	l.out.queue = l.queue.take(l.out.queue)
	l.out.expire(now)
	l.out.repeat(now)
	l.out.beat = l.out.beat || now.Sub(l.out.beaten) >= beatEvery
	if l.stopped == nil {
		l.in.poll()
		l.scout(now)
		l.vote(now)
		l.purge(now)
	}
	l.note()
}

// vote compares this copy with the others.
func (l *Log) vote(now time.Time) {
	v := l.peers.vote(l.state.Epochs(), l.out.epoch, now)
	if v == majority && l.voted != majority {
		l.log.Error("another machine's copy of the log differs from most", "epochs", l.peers.different())
	}
	if l.voted = v; v == outvoted {
		l.halt(errDiffers)
	}
}

// Figures are how the log does.
type Figures struct {
	Epoch    uint64        // of this machine; 0: it takes no part
	Machines int           // that are alive
	Applied  uint64        // position of the last record that is applied
	Stored   uint64        // position of the last one that the copy has
	Behind   time.Duration // as in backplane.Health
	LogTime  time.Duration
	Hash     [sha256.Size]byte // of the copy at Applied

	LastDelivery time.Time // when a record was last applied
	Filled       uint64    // records that were fetched because they were not delivered
	Repeats      uint64    // records that were published again
	// Records of all machines that counted as nothing.
	Dup, Hole, Fenced uint64
	Trip              time.Duration // from publishing a record to its verdicts, on average
}

// Figures returns how the log does.
func (l *Log) Figures() Figures {
	f := *l.figures.Load()
	f.Stored = l.writer.position()
	return f
}

// note publishes how the log does.
func (l *Log) note() {
	s := l.state
	f := &Figures{
		Epoch: l.out.epoch, Machines: len(s.Epochs()), Applied: s.Applied(), Behind: l.behind(), LogTime: s.LogTime(), Hash: s.Hash(), LastDelivery: l.delivered, Filled: l.in.filled, Repeats: l.out.repeats,
		Dup: s.Count(machine.Dup), Hole: s.Count(machine.Hole), Fenced: s.Count(machine.Fenced), Trip: l.out.trip,
	}
	l.figures.Store(f)
	h := &backplane.Health{CutOff: time.Since(l.contact) >= cutOffAfter, Behind: f.Behind, Stopped: l.stopped, Unwritable: l.resting, Position: f.Applied}
	if was := l.health.Swap(h); was != nil && was.Err() != h.Err() {
		if err := h.Err(); err != nil {
			l.log.Warn("nothing can be posted here for the time being", "err", err)
		} else {
			l.log.Info("posts are taken again")
		}
		l.to.HealthChanged(*h)
	}
}

// behind returns how old the newest record is that is applied, if there are others.
func (l *Log) behind() time.Duration {
	last := l.trail.at(l.state.Applied())
	if l.in.level() || last == nil || last.time.IsZero() {
		return 0
	}
	return max(0, l.in.newest.Sub(last.time))
}

// Health implements backplane.Log.
func (l *Log) Health() backplane.Health { return *l.health.Load() }
