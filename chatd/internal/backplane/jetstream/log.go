package jetstream

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// A Copy keeps what the log says. One goroutine changes it, and any may read it.
type Copy interface {
	machine.Source
	// Apply stores the results of consecutive records, all or nothing. Those that it has it
	// leaves alone. machine.ErrDisagrees.
	Apply(results []machine.Result) error
	// Ready returns why nothing more is to be told, as it could not be stored; nil: it may be.
	// Any goroutine may call it.
	Ready() error
	// ReadAfter has whoever reads the copy from now on call settle before, which waits until
	// Apply has stored what was told by then, or returns why it cannot.
	ReadAfter(settle func(context.Context) error)
	// Synced returns the position up to which a power cut takes nothing.
	Synced() uint64
}

// Options are those of one machine's log.
type Options struct {
	// Limits are for the whole chat: the machine that started last has decided them. The zero
	// value: they stay as they are.
	Limits backplane.Limits
	Meter  Meter // nil: nobody is told
	// Snapshot makes a file with a copy of the copy, for other machines; the log removes it.
	// Nil: they get none.
	Snapshot func(ctx context.Context) (file string, err error)
}

// A Meter is told how the log does. Its methods must not wait.
type Meter interface {
	// RecordDecided: a record of so many changes of this machine is in the log, and applied,
	// that time after it was published.
	RecordDecided(changes int, took time.Duration)
}

type noMeter struct{}

func (noMeter) RecordDecided(int, time.Duration) {}

// A Log is the backplane.Log of a chat on several machines. One goroutine, in run, reads and
// publishes records, applies them, and tells what came of them. Another, the copyWriter's, has
// the copy store that.
type Log struct {
	cluster   *Cluster
	options   Options
	log       *slog.Logger
	copy      Copy
	writer    *copyWriter
	queue     *queue
	questions chan *nats.Msg // of other machines
	answering sync.WaitGroup // the goroutine that answers them
	starts    chan start
	ready     chan error    // has the outcome of catching up
	closing   chan struct{} // closed to have run return
	ended     chan struct{} // closed when it has
	close     sync.Once
	health    atomic.Pointer[backplane.Health]
	figures   atomic.Pointer[Figures]
	snapshots *snapshots
	purging   sync.WaitGroup  // a purge under way
	purgeCtx  context.Context // done when the log is closed
	stopPurge context.CancelFunc

	mu       sync.Mutex // held by whoever uses what follows: run, but for Submit, which only tries to
	state    *machine.State
	in       *reader
	out      *publisher
	batch    []entry
	trail    trail
	peers    peers
	purger   purger
	voted    vote
	to       backplane.Deliverer  // silent before Start
	asked    []*nats.Subscription // for the questions of other machines
	gathered *time.Timer          // when no more is gathered

	connected chan nats.Status   // has an element when there is a connection again
	sighted   chan sighting      // what the scout has found
	stopScout context.CancelFunc // nil: none is under way
	scouting  sync.WaitGroup

	originKey [sha256.Size]byte // the chat's, once Open has returned

	catching  bool      // Open waits for it
	levelAt   time.Time // when the records that Open waits for were applied; zero: not yet
	fenced    bool      // the hub is to be told of the next epoch
	delivered time.Time // when a record was last applied
	contact   time.Time // when the servers last kept a record, or said why not
	moved     time.Time // when the connection was last made to another server
	suspected time.Time // since when the stream seems to be another one; zero: it does not
	looked    time.Time // when the stream was last asked how it is
	stopping  bool      // the machine has ended its epoch itself
	stopped   error     // why no more is applied; nil: it is
	resting   error     // why what is applied cannot be stored yet
}

// Open follows the log from the position of a copy on, and returns when it has applied all
// there is, or ctx is done. ErrCopyNeeded.
func (c *Cluster) Open(ctx context.Context, copy Copy, options Options) (*Log, error) {
	state, err := machine.Load(copy)
	if err != nil {
		return nil, err
	}
	l := &Log{
		cluster: c, options: options, log: c.config.Log, copy: copy, state: state, to: silent{}, catching: true, contact: time.Now(),
		gathered: time.NewTimer(time.Hour), queue: newQueue(), starts: make(chan start), questions: make(chan *nats.Msg, liveBuffer), ready: make(chan error, 1), closing: make(chan struct{}), ended: make(chan struct{}), sighted: make(chan sighting, 1),
	}
	l.purgeCtx, l.stopPurge = context.WithCancel(context.Background())
	l.snapshots = newSnapshots(options.Snapshot, l.log)
	if options.Meter == nil {
		l.options.Meter = noMeter{}
	}
	if err := l.open(ctx); err != nil {
		return nil, err
	}
	l.writer = newCopyWriter(copy, state.Applied())
	copy.ReadAfter(l.writer.settle)
	go l.writer.run() // until end, which waits for it
	go l.run()        // until shut, which waits for it
	select {
	case err = <-l.ready:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		l.shut()
		return nil, err
	}
	return l, nil
}

func (l *Log) open(ctx context.Context) error {
	at, err := l.cluster.follows(ctx, l.state)
	if err != nil {
		return err
	}
	applied := l.state.Applied()
	if l.in, err = newReader(l.cluster.conn, applied, &l.trail); err != nil {
		return err
	}
	if l.out, err = newPublisher(l.cluster.conn, l.heartbeat); err != nil {
		l.in.close()
		return err
	}
	l.in.heard = at.last
	l.connected = l.cluster.conn.StatusChanged(nats.CONNECTED)
	l.trail.add(step{seq: applied, hash: l.state.Hash()})
	l.note()
	l.log.Info("following the log", "applied", applied, "first", at.first, "last", at.last)
	return nil
}

// A start is a call of Start.
type start struct {
	to   backplane.Deliverer
	done chan struct{} // closed when it is delivered to
}

// Start implements backplane.Log. Who is where on other machines is delivered before it
// returns.
func (l *Log) Start(d backplane.Deliverer) error {
	s := start{d, make(chan struct{})}
	select {
	case l.starts <- s:
		<-s.done
		return l.cluster.conn.FlushTimeout(timeLimit) // the others may ask from now on
	case <-l.ended:
		return backplane.ErrStopped
	}
}

// OriginKey implements backplane.Log.
func (l *Log) OriginKey() [sha256.Size]byte { return l.originKey }

// Shared implements backplane.Log.
func (l *Log) Shared() bool { return true }

// Submit implements backplane.Log.
func (l *Log) Submit(c backplane.Change, done func(backplane.Verdict)) {
	if err := l.admit(c); err != nil {
		done(backplane.Verdict{Err: err})
		return
	}
	s := newSubmission(c, done)
	switch posts, _ := c.(*backplane.Posts); {
	case len(s.item) > maxItem || posts != nil && len(posts.Posts) > machine.MaxItems:
		s.fail(errTooLarge)
	case !l.queue.add(s):
		s.fail(backplane.ErrStopped)
	case !l.tryPublish():
		signal(l.queue.ready)
	}
}

// admit refuses at once what would be refused later. Who is where is told in any case: a
// machine that is behind, or cannot write its copy for a moment, says so as soon as it can.
func (l *Log) admit(c backplane.Change) error {
	switch c.(type) {
	case *backplane.Nick, *backplane.Login, *backplane.Join, *backplane.Leave, *backplane.End, *backplane.EndEpoch:
		return nil // publish refuses it where the log has stopped for good
	}
	return l.Health().Err()
}

// Close implements backplane.Log. The others learn that the machine is gone.
func (l *Log) Close() error {
	ended := make(chan struct{})
	l.Submit(&backplane.EndEpoch{}, func(backplane.Verdict) { close(ended) })
	select {
	case <-ended:
	case <-time.After(closeTimeout): // they learn it by its silence
	}
	l.shut()
	return nil
}

// closeTimeout is how long Close waits for the log.
const closeTimeout = time.Second

// shut has run return, and waits for it.
func (l *Log) shut() {
	l.close.Do(func() { close(l.closing) })
	<-l.ended
}

// heartbeat is what the machine says of itself.
func (l *Log) heartbeat() backplane.Change {
	return &backplane.Heartbeat{Applied: l.state.Applied(), Hash: l.state.Hash(), Synced: l.copy.Synced(), Speaks: machine.Version}
}

// newEpoch draws the number of an epoch.
func newEpoch() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint64(b[:]) | 1
}

// silent is delivered to before there is anybody else.
type silent struct{}

func (silent) Deliver([]backplane.Applied)                {}
func (silent) Ended(uint64)                               {}
func (silent) Fenced(uint64)                              {}
func (silent) HealthChanged(backplane.Health)             {}
func (silent) Answer(backplane.Question) backplane.Answer { return backplane.Answer{} }

var errTooLarge = fmt.Errorf("%w: more than a record may have", history.ErrFailed)
