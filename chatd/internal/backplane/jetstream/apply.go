package jetstream

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// What is applied to the copy at a time, at most: all of what is fetched at a time, and its end,
// upon which more is fetched meanwhile.
const (
	batchCount = 2 * fetchCount
	storeRetry = tickEvery
)

// read takes a message in, and appends the records that it makes available to the batch.
func (l *Log) read(take func(*nats.Msg, []entry) ([]entry, error), m *nats.Msg) {
	if l.stopped != nil {
		return
	}
	batch, err := take(m, l.batch)
	l.batch = batch
	switch {
	case errors.Is(err, errReset):
		l.halt(err)
	case err == errGap && time.Since(l.looked) >= tickEvery:
		l.look()
	case err == errGap:
	case err != nil:
		l.log.Warn("ignoring a message of nats-server", "err", err)
	}
}

// readMore takes in what has arrived, so that it is applied together.
func (l *Log) readMore() {
	for len(l.batch) < batchCount {
		select {
		case m := <-l.in.live:
			l.read(l.in.takeLive, m)
		case m := <-l.in.found:
			l.read(l.in.takeFound, m)
		case m := <-l.out.acks:
			l.takeAck(m)
		default:
			return
		}
	}
}

func (l *Log) takeAck(m *nats.Msg) {
	if l.out.takeAck(m) {
		l.contact = time.Now()
	}
}

// apply applies the batch, has what came of it be stored, and tells it.
func (l *Log) apply() {
	if len(l.batch) == 0 || l.stopped != nil {
		return
	}
	results := make([]machine.Result, 0, len(l.batch))
	var failed error
	size := 0
	for i := range l.batch {
		e := &l.batch[i]
		size += len(e.data)
		res, err := l.state.Apply(e.seq, e.time, e.data)
		if err != nil {
			failed = fmt.Errorf("record %d: %w", e.seq, err)
			break
		}
		l.trail.add(step{e.seq, e.time, res.Hash})
		results = append(results, res)
	}
	if len(results) > 0 && !l.store(results, size) {
		return
	}
	l.delivered = time.Now()
	l.contact = l.delivered
	l.note()
	for i := range results {
		l.tell(&results[i], l.batch[i].data)
	}
	clear(l.batch)
	l.batch = l.batch[:0]
	if failed != nil {
		l.halt(failed)
	}
}

// store has what came of records be stored, and tries until the copy can be written. It reports
// false if the log is closed before, or the copy disagrees with it.
func (l *Log) store(results []machine.Result, size int) bool {
	for began := time.Now(); ; {
		changed, err := l.writer.put(results, size)
		switch {
		case err == nil:
			l.rest(nil)
			return true
		case errors.Is(err, machine.ErrDisagrees):
			l.halt(err)
			return false
		case err != errBusy || time.Since(began) >= cutOffAfter:
			l.rest(fmt.Errorf("the copy of the log cannot be written: %w", err))
		}
		select {
		case <-l.closing:
			return false
		case <-changed:
		case <-time.After(storeRetry):
			l.out.queue = l.queue.take(l.out.queue)
			l.out.expire(time.Now())
		}
	}
}

// rest notes why nothing is stored for the time being; nil: it is.
func (l *Log) rest(err error) {
	if (err == nil) == (l.resting == nil) {
		return
	}
	if l.resting = err; err != nil {
		l.log.Error("the log is not followed for the time being", "err", err)
	} else {
		l.log.Info("the log is followed again")
	}
	l.note()
}

// halt ends the following of the log, for which there is no remedy but a restart.
func (l *Log) halt(err error) {
	if l.stopped != nil {
		return
	}
	l.stopped = err
	l.log.Error("the log is not followed any further, and nothing can be posted here; HISTORY of what is stored goes on", "applied", l.state.Applied(), "err", err)
	l.settleReady(err)
	l.out.leave(backplane.ErrStopped)
	l.hush()
	l.endScout()
	l.note()
}

// tell tells what came of a record, which whoever reads the copy finds there.
func (l *Log) tell(res *machine.Result, record []byte) {
	for _, epoch := range res.Ended {
		if epoch == l.out.epoch {
			l.fence()
		} else {
			l.to.Ended(epoch)
		}
	}
	switch own := res.Epoch == l.out.epoch; {
	case res.Outcome == machine.Applied && own:
		l.hear(res)
		l.tellOwn(res, record)
	case res.Outcome == machine.Applied:
		l.hear(res)
		l.tellOthers(res)
	case res.Outcome == machine.Malformed && l.out.flight != nil && bytes.Equal(record, l.out.flight.data):
		l.out.drop(fmt.Errorf("%w: the log cannot read it", history.ErrFailed))
	}
}

// hear takes in what a machine says of its copy.
func (l *Log) hear(res *machine.Result) {
	for i := range res.Items {
		h, beat := res.Items[i].Change.(*backplane.Heartbeat)
		if !beat {
			return // it is the first of a record
		}
		l.purger.note(res.Epoch, h.Synced)
		if res.Epoch != l.out.epoch {
			l.peers.compare(res.Epoch, h, &l.trail, time.Now())
		}
	}
}

// tellOwn answers those who have submitted the changes of a record. Who was told that the
// outcome is unknown learns of it as of another machine's.
func (l *Log) tellOwn(res *machine.Result, record []byte) {
	now := time.Now()
	subs := l.out.settle(res.N, record, now)
	if subs != nil {
		l.options.Meter.RecordDecided(len(subs), l.out.took)
	}
	var others []backplane.Applied
	for i := range res.Items {
		item := &res.Items[i]
		answered := subs != nil && subs[i].done != nil
		if !answered || item.ToItsOwn() {
			others = appendApplied(others, res.Epoch, item)
		}
		if answered {
			others = l.deliver(others)
			subs[i].settle(item)
		}
	}
	l.deliver(others)
	if endsEpoch(res) {
		l.stopping = true
		l.out.abandon(backplane.ErrStopped)
	}
}

func (l *Log) tellOthers(res *machine.Result) {
	others := make([]backplane.Applied, 0, len(res.Items))
	for i := range res.Items {
		others = appendApplied(others, res.Epoch, &res.Items[i])
	}
	l.deliver(others)
	if endsEpoch(res) {
		l.to.Ended(res.Epoch)
	}
}

func endsEpoch(res *machine.Result) bool {
	_, ends := res.Items[len(res.Items)-1].Change.(*backplane.EndEpoch)
	return ends
}

// deliver delivers changes, if there are any.
func (l *Log) deliver(applied []backplane.Applied) []backplane.Applied {
	if len(applied) > 0 {
		l.to.Deliver(applied)
	}
	return nil
}

// appendApplied appends what others are to be told of a change, if they are told of it.
func appendApplied(to []backplane.Applied, epoch uint64, item *machine.Item) []backplane.Applied {
	if a, told := item.Applied(epoch); told {
		to = append(to, a)
	}
	return to
}
