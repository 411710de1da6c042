package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"linechat/scripts/harness"
)

// A load is the posters, holders and readers, which continue after a restart where they
// stopped.
type load struct {
	source  *source
	ledger  *ledger
	posters []*poster
	holders []*holder
	readers []*reader

	patience time.Duration // with chatd

	acks     pulse
	breaking atomic.Bool // chatd is being killed, so connections may break
	period   atomic.Pointer[period]
}

// A period is a time in which the disk is in one state. Whoever posts notes the
// period before sending, because the answer may be read in a later one.
type period struct{ disk diskState }

// A diskState decides how chatd may answer a post.
type diskState int

// The states of a disk.
const (
	healthy    diskState = iota // posts are acknowledged
	failing                     // posts are refused
	impaired                    // posts are acknowledged or refused: chatd may get around the failure
	recovering                  // posts are acknowledged or refused: chatd may not have noticed that the disk works
)

// fails reports whether the disk fails in the period.
func (p *period) fails() bool { return p.disk == failing || p.disk == impaired }

// enter begins a new period.
func (l *load) enter(disk diskState) { l.period.Store(&period{disk}) }

func newLoad(w *workspace) *load {
	src := newSource(w)
	l := &load{source: src, ledger: newLedger(src, w.options.posters), patience: answerWithin}
	l.enter(healthy)
	for i := range w.options.posters {
		l.posters = append(l.posters, &poster{load: l, number: uint32(i), rng: w.random(uint64(i))})
	}
	for i := range w.options.holders {
		l.holders = append(l.holders, &holder{load: l, number: i, rng: w.random(forHolders + uint64(i))})
	}
	for range w.options.readers {
		l.addReader(src.all()...)
	}
	return l
}

// addReader adds a reader of some rooms.
func (l *load) addReader(rooms ...int) *reader {
	r := &reader{load: l, number: len(l.readers), rooms: rooms, last: make([]uint64, len(l.source.rooms))}
	l.readers = append(l.readers, r)
	l.ledger.addReader(r.name(), rooms...)
	return r
}

// createRooms creates the rooms.
func (l *load) createRooms(ctx context.Context, socket string) error {
	c, err := dial(ctx, socket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for _, room := range l.source.rooms {
		if _, err := c.Ask("CREATE " + room); err != nil {
			return err
		}
	}
	return nil
}

// A loadRun is the load on one chatd, from its start to its end.
type loadRun struct {
	load   *load
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// begin starts the readers and, once they have caught up, posters and holders. After a fault
// nobody posts, so that the report counts what was lost and not what follows from it.
func (l *load) begin(ctx context.Context, socket string) *loadRun {
	ctx, cancel := context.WithCancel(ctx)
	lr := &loadRun{load: l, cancel: cancel}
	l.breaking.Store(false)
	var joined sync.WaitGroup
	for _, r := range l.readers {
		joined.Add(1)
		caughtUp := sync.OnceFunc(joined.Done)
		lr.spawn(r.name(), func() error {
			defer caughtUp()
			return r.run(ctx, socket, caughtUp)
		})
	}
	joined.Wait()
	if l.ledger.faulty() {
		return lr
	}
	for _, p := range l.posters {
		lr.spawn(nickOf(p.number), func() error { return p.run(ctx, socket) })
	}
	for _, h := range l.holders {
		lr.spawn(h.name(), func() error { return h.run(ctx, socket) })
	}
	return lr
}

// spawn runs one session, which must not end before end is called. end waits for it.
func (lr *loadRun) spawn(name string, session func() error) {
	lr.work.Go(func() {
		if err := session(); !lr.load.breaking.Load() {
			lr.load.ledger.fault(broken, "%s: the session ended: %v", name, err)
		}
	})
}

// end kills chatd and waits until all sessions have ended.
func (lr *loadRun) end(d *daemon) {
	lr.load.breaking.Store(true)
	d.Kill()
	if d.ExitCode() != harness.Killed {
		lr.load.ledger.fault(broken, "chatd ended by itself with exit code %d: %s", d.ExitCode(), d.Output())
	}
	lr.cancel()
	lr.work.Wait()
}

// catchUp lets the posters repeat pending posts, and the readers read all that is
// stored.
func (l *load) catchUp(ctx context.Context, socket string) {
	for _, p := range l.posters {
		if err := p.repeatPending(ctx, socket); err != nil {
			l.ledger.fault(broken, "%s: repeating a post: %v", nickOf(p.number), err)
		}
	}
	errCaughtUp := errors.New("caught up")
	for _, r := range l.readers {
		readerCtx, cancel := context.WithCancelCause(ctx)
		if err := r.run(readerCtx, socket, func() { cancel(errCaughtUp) }); context.Cause(readerCtx) != errCaughtUp {
			l.ledger.fault(broken, "%s: catching up: %v", r.name(), err)
		}
		cancel(nil)
	}
}

// read returns how many posts all readers have read together.
func (l *load) read() (posts uint64) {
	for _, r := range l.readers {
		for _, n := range r.last {
			posts += n
		}
	}
	return posts
}
