package jetstream

import (
	"time"

	"linechat/chatd/internal/backplane"
)

const tickEvery = 250 * time.Millisecond

// run is the goroutine of the log.
func (l *Log) run() {
	defer l.end()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case m := <-l.in.live:
			l.turn(func() { l.read(l.in.takeLive, m) })
		case m := <-l.in.found:
			l.turn(func() { l.read(l.in.takeFound, m) })
		case m := <-l.out.acks:
			l.turn(func() { l.takeAck(m) })
		case <-l.queue.ready:
			l.turn(func() {})
		case <-l.gathered.C:
			l.turn(func() {})
		case <-l.connected:
			l.turn(l.goOn)
		case s := <-l.sighted:
			l.turn(func() { l.use(s) })
		case err := <-l.writer.disagree:
			l.turn(func() { l.halt(err) })
		case s := <-l.starts:
			l.turn(func() { l.start(s.to) })
			close(s.done)
		case <-tick.C:
			l.turn(l.tick)
		case <-l.closing:
			return
		}
	}
}

// turn does f, and what is to be done after it.
func (l *Log) turn(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	l.readMore()
	l.apply()
	now := time.Now()
	if l.catching || l.out.epoch == 0 {
		l.progress(now)
	}
	l.publish(now)
}

// end answers whoever still waits.
func (l *Log) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gathered.Stop()
	l.hush()
	l.answering.Wait()
	l.endScout()
	l.scouting.Wait()
	l.cluster.conn.RemoveStatusListener(l.connected)
	l.stopPurge()
	l.purging.Wait()
	l.snapshots.close()
	l.writer.close()
	l.in.close()
	l.out.close()
	l.queue.close()
	l.out.queue = l.queue.take(l.out.queue)
	l.out.leave(backplane.ErrStopped)
	close(l.ended)
}

// publish sends what waits.
func (l *Log) publish(now time.Time) {
	l.out.queue = l.queue.take(l.out.queue)
	if l.stopped != nil {
		l.out.leave(backplane.ErrStopped)
		return
	}
	l.out.send(now)
	if l.out.gathering(now) {
		l.gathered.Reset(l.out.gatherUntil.Sub(now))
	}
}

// tryPublish publishes what waits, from Submit: that is one goroutine less on the way of a lone
// post. With a record under way it leaves that to run, which publishes the next once that one
// is decided. It reports false if run is to be woken for it.
//
// It gives way to run, and where records come by the connection is not being made anew, which
// holds up whoever publishes. What it publishes nats.go buffers, and mostly writes later; where
// that is writing already, or its buffer is full because nats-server reads nothing, it waits for
// writeTimeout at most.
func (l *Log) tryPublish() bool {
	if !l.mu.TryLock() {
		return false
	}
	defer l.mu.Unlock()
	now := time.Now()
	switch {
	case l.stopped != nil || l.out.epoch == 0 || l.out.held || now.Sub(l.delivered) >= freshFor:
		return false
	case l.out.flight == nil:
		l.out.queue = l.queue.take(l.out.queue)
		if !small(l.out.queue) {
			return false
		}
		l.publish(now)
	}
	return true
}

// smallSize is what whoever submits publishes at most: half of nats.go's buffer.
const smallSize = 16 << 10

func small(subs []*submission) bool {
	size := 0
	for _, s := range subs {
		if size += len(s.item); size >= smallSize {
			return false
		}
	}
	return true
}

// freshFor is how recent the last record is, one's own heartbeats included, where the log
// flows.
const freshFor = 3 * beatEvery / 2
