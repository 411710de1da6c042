package jetstream

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// testPublisher returns a publisher that has begun an epoch, to which verdicts are returned in
// the order in which they come. Its records come back if arrive is called.
type testPublisher struct {
	*publisher
	now      time.Time
	verdicts []error
}

func newTestPublisher(t *testing.T, c *Cluster) *testPublisher {
	t.Helper()
	p, err := newPublisher(c.conn, func() backplane.Change { return &backplane.Heartbeat{} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	p.begin(7)
	tp := &testPublisher{publisher: p, now: time.Now()}
	tp.send(tp.now)
	tp.arrive(t, 1)
	return tp
}

// submit submits a change.
func (p *testPublisher) submit(c backplane.Change) {
	s := newSubmission(c, func(v backplane.Verdict) { p.verdicts = append(p.verdicts, v.Err) })
	s.at = p.now
	p.queue = append(p.queue, s)
}

// arrive has the record under way be applied, which is to have so many changes.
func (p *testPublisher) arrive(t *testing.T, changes int) {
	t.Helper()
	if p.flight == nil {
		t.Fatal("no record is under way")
	}
	r, err := machine.Decode(p.flight.data)
	if err != nil || r.Epoch != 7 || r.N != p.n+1 || len(r.Items) != changes {
		t.Fatalf("the record is %+v, %v; want one of %d changes", r, err, changes)
	}
	for _, s := range p.settle(r.N, p.flight.data, p.now) {
		s.answer(backplane.Verdict{})
	}
}

func (p *testPublisher) said(t *testing.T, want ...error) {
	t.Helper()
	if len(p.verdicts) != len(want) {
		t.Fatalf("verdicts are %v, want %v", p.verdicts, want)
	}
	for i := range want {
		if !errors.Is(p.verdicts[i], want[i]) {
			t.Fatalf("verdicts are %v, want %v", p.verdicts, want)
		}
	}
	p.verdicts = nil
}

func leave() backplane.Change { return &backplane.Leave{Session: 1, Fold: "go"} }
func topic() backplane.Change { return &backplane.SetTopic{Session: 1, Fold: "go"} }

// TestPublisherGathers: whoever has had an answer is waited for, but not for long.
func TestPublisherGathers(t *testing.T) {
	t.Parallel()
	p := newTestPublisher(t, testCluster(t))
	p.now = p.gatherUntil
	for range 3 {
		p.submit(topic())
	}
	p.send(p.now)
	p.submit(topic())
	p.now = p.now.Add(time.Hour)
	p.arrive(t, 3)
	if p.send(p.now); p.flight != nil {
		t.Error("three more are about to come, and one has left alone")
	}
	for range 3 {
		p.submit(topic())
	}
	p.send(p.now)
	p.arrive(t, 4)
	p.submit(topic())
	if p.send(p.now); p.flight != nil {
		t.Error("four more are about to come, and one has left alone")
	}
	p.now = p.now.Add(maxGather)
	p.send(p.now)
	p.arrive(t, 1)
}

// TestPublisherKeepsRecordsWithinLimits publishes more than fits into one record.
func TestPublisherKeepsRecordsWithinLimits(t *testing.T) {
	t.Parallel()
	p := newTestPublisher(t, testCluster(t))
	next := func(changes int) {
		t.Helper()
		p.now = p.now.Add(maxGather)
		p.send(p.now)
		p.arrive(t, changes)
	}
	for range machine.MaxItems + 1 {
		p.submit(topic())
	}
	next(machine.MaxItems)
	next(1)
	large := &backplane.SetTopic{Topic: string(make([]byte, machine.MaxBytes/2))}
	for range 3 {
		p.submit(large)
	}
	p.submit(&backplane.SetTopic{Topic: string(make([]byte, 2*machine.MaxBytes))})
	p.beat = true
	next(2) // with the heartbeat
	next(1)
	next(1)
	next(1)
	p.submit(&backplane.EndEpoch{})
	p.submit(topic())
	next(1) // nothing follows the end
}

// TestPublisherSaysWhatItKnows has records not come back in time: one that was perhaps stored,
// and one that was not.
func TestPublisherSaysWhatItKnows(t *testing.T) {
	t.Parallel()
	c := testCluster(t)
	p := newTestPublisher(t, c)
	p.now = p.gatherUntil
	p.submit(topic())
	p.submit(leave())
	p.send(p.now)
	p.submit(topic())
	p.submit(leave())
	p.now = p.now.Add(timeLimit - 1)
	p.expire(p.now)
	p.said(t)
	p.now = p.now.Add(1)
	p.expire(p.now)
	p.said(t, backplane.ErrCutOff, history.ErrUnknown) // what waits, then what is under way
	p.arrive(t, 2)
	p.said(t, nil) // the first leave: to the topic's sender all is said

	p.now = p.now.Add(maxGather)
	c.conn.Close() // nothing is sent any more
	p.submit(topic())
	p.send(p.now)
	p.repeat(p.now)
	p.now = p.now.Add(timeLimit)
	p.expire(p.now)
	p.said(t, backplane.ErrCutOff)
	if p.flight != nil || len(p.queue) != 1 {
		t.Errorf("what was not sent is still under way, and %d changes wait, not 1", len(p.queue))
	}
}

// newBusyPublisher returns a publisher with a record under way that has two changes.
func newBusyPublisher(t *testing.T) *testPublisher {
	t.Helper()
	p := newTestPublisher(t, testCluster(t))
	p.now = p.gatherUntil
	p.submit(topic())
	p.submit(leave())
	p.send(p.now)
	return p
}

// TestPublisherIsNotAnswered has another record than the one under way be applied as the next of
// the epoch. What the one under way has is sent once more, in the record after it.
func TestPublisherIsNotAnswered(t *testing.T) {
	t.Parallel()
	p := newBusyPublisher(t)
	n := p.flight.n
	other := machine.AppendHeader(nil, 7, n, 1)
	other = machine.AppendItem(other, &backplane.Heartbeat{})
	if subs := p.settle(n, other, p.now); subs != nil {
		t.Errorf("%d changes are answered by a record that does not have them", len(subs))
	}
	p.said(t)
	p.send(p.now)
	p.arrive(t, 2)
	p.said(t, nil, nil)
	if p.n != n+1 {
		t.Errorf("the last record is %d, want %d", p.n, n+1)
	}
}

// TestPublisherRepeats has a record not come back.
func TestPublisherRepeats(t *testing.T) {
	t.Parallel()
	c := testCluster(t)
	p := newTestPublisher(t, c)
	p.now = p.gatherUntil
	p.submit(topic())
	p.send(p.now)
	published := string(p.flight.data)
	p.repeat(p.now.Add(repeatAfter - 1))
	p.repeat(p.now.Add(repeatAfter))
	p.repeat(p.now.Add(repeatAfter + 1))
	store(t, c, 1, 1) // what is published before is in the stream
	at, err := c.positions(t.Context())
	if err != nil || at.last != 4 {
		t.Errorf("the stream has %+v, %v; want the heartbeat, the record twice and what follows", at, err)
	}
	for seq := at.last - 2; seq < at.last; seq++ {
		if e, err := c.leaderEntry(t.Context(), seq); string(e.data) != published || err != nil {
			t.Errorf("record %d is %q, %v; want %q", seq, e.data, err, published)
		}
	}
	p.arrive(t, 1)
	p.said(t, nil)
}

// TestPublisherIsRefused has the server refuse a record, for want of space and otherwise.
func TestPublisherIsRefused(t *testing.T) {
	t.Parallel()
	p := newTestPublisher(t, testCluster(t))
	p.now = p.gatherUntil
	answer := func(code int, description string) {
		p.takeAck(&nats.Msg{Subject: p.inbox + "." + p.flight.id, Data: fmt.Appendf(nil, `{"error":{"code":503,"err_code":%d,"description":%q},"stream":"chat","seq":0}`, code, description)})
	}
	p.submit(topic())
	p.submit(leave())
	p.send(p.now)
	answer(10077, "an error of the disk") // may be stored elsewhere
	p.repeat(p.now.Add(repeatAfter))
	answer(10077, "maximum bytes exceeded") // of the two that were published
	p.said(t)
	p.arrive(t, 2)
	p.said(t, nil, nil)
	p.now = p.now.Add(maxGather)
	p.submit(topic())
	p.submit(leave())
	p.send(p.now)
	answer(10077, "maximum bytes exceeded")
	p.said(t, history.ErrFull)
	if p.send(p.now); p.flight != nil {
		t.Error("what waits is published again at once")
	}
	p.repeat(p.now)
	p.send(p.now)
	p.arrive(t, 1)
	p.said(t, nil)
}

// TestPublisherAbandons ends an epoch.
func TestPublisherAbandons(t *testing.T) {
	t.Parallel()
	p := newBusyPublisher(t)
	p.submit(&backplane.Nick{Patient: true})
	p.abandon(backplane.ErrCutOff)
	p.said(t, backplane.ErrCutOff, nil, backplane.ErrCutOff)
	if p.send(p.now); p.flight != nil {
		t.Error("a record is published without an epoch")
	}
}

// TestWhoIsWhereWaits has the log be away for long: the others would never hear who is in a room.
func TestWhoIsWhereWaits(t *testing.T) {
	for _, c := range []backplane.Change{&backplane.Join{}, leave(), &backplane.Nick{Patient: true}, &backplane.Login{Patient: true}} {
		if s := newSubmission(c, func(backplane.Verdict) {}); s.expired(s.at.Add(time.Hour)) || !s.patient() {
			t.Errorf("%T is given up", c)
		}
	}
}
