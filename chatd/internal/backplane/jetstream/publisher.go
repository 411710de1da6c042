package jetstream

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

const (
	timeLimit   = 5 * time.Second        // after which whoever has submitted a change gets an answer
	repeatAfter = 500 * time.Millisecond // a record that has not come back is published again
	maxGather   = 2 * time.Millisecond
	maxRecord   = 1 << 20         // bytes; nats-server's default for a message
	maxItem     = maxRecord - 256 // of a change, which has a record of its own if it is large
)

// A publisher puts changes into records, and publishes one at a time. The record has arrived
// when the log has it. Its user is the goroutine of the log.
type publisher struct {
	conn  *nats.Conn
	inbox string
	acks  chan *nats.Msg // what the server answers
	sub   *nats.Subscription

	epoch     uint64        // of this machine; 0: there is none yet
	n         uint64        // of its last record that is in the log
	queue     []*submission // not sent
	compacted int           // how many were left when it was compacted last
	flight    *flight       // nil: no record is under way
	flights   uint64

	beat      bool      // a heartbeat is due
	beaten    time.Time // when there was one
	heartbeat func() backplane.Change

	expected    int           // how many changes will wait once those who got an answer submit again
	gatherUntil time.Time     // when no more of them are waited for
	took, trip  time.Duration // of the last record until it was applied, and of all on average
	held        bool          // nothing is sent before the next tick: the stream is full

	repeats uint64 // how many records were published again, for Figures
}

// A flight is a record under way.
type flight struct {
	id      string // the end of the subject of its answers
	n       uint64
	data    []byte
	items   []*submission
	began   time.Time
	at      time.Time // when it was last published
	sent    int       // how often
	refused int       // how many of these were certainly not stored
}

func newPublisher(conn *nats.Conn, heartbeat func() backplane.Change) (*publisher, error) {
	p := &publisher{conn: conn, inbox: conn.NewInbox(), acks: make(chan *nats.Msg, 64), heartbeat: heartbeat}
	var err error
	p.sub, err = conn.ChanSubscribe(p.inbox+".*", p.acks)
	return p, err
}

func (p *publisher) close() { _ = p.sub.Unsubscribe() } // fails where there is no connection any more

// begin begins an epoch.
func (p *publisher) begin(epoch uint64) {
	p.epoch, p.n, p.beat = epoch, 0, true
}

// send publishes what waits, unless a record is under way, or more is about to come: those
// whose changes the last record has had submit again, and leave together.
func (p *publisher) send(now time.Time) {
	if p.epoch == 0 || p.flight != nil || p.held || !p.beat && (len(p.queue) == 0 || p.gathering(now)) {
		return
	}
	p.gatherUntil = time.Time{}
	p.flight = p.record(now)
	p.transmit(now)
}

// gathering reports whether what waits is to wait for more.
func (p *publisher) gathering(now time.Time) bool {
	return now.Before(p.gatherUntil) && weight(p.queue) < p.expected
}

func weight(subs []*submission) (n int) {
	for _, s := range subs {
		n += s.weight
	}
	return n
}

// record makes a record of what waits, as much as fits.
func (p *publisher) record(now time.Time) *flight {
	p.flights++
	f := &flight{id: strconv.FormatUint(p.flights, 10), n: p.n + 1, began: now}
	size := 0
	if p.beat {
		p.beat, p.beaten = false, now
		f.items = append(f.items, newSubmission(p.heartbeat(), nil))
		size = len(f.items[0].item)
	}
	count := 0
	for f.n > 1 && count < len(p.queue) && len(f.items) < machine.MaxItems {
		s := p.queue[count]
		if size += len(s.item); size > machine.MaxBytes && len(f.items) > 0 {
			break
		}
		f.items = append(f.items, s)
		count++
		if _, ends := s.change.(*backplane.EndEpoch); ends {
			break
		}
	}
	p.queue = slices.Delete(p.queue, 0, count)
	f.data = machine.AppendHeader(make([]byte, 0, size+32), p.epoch, f.n, len(f.items))
	for _, s := range f.items {
		f.data = append(f.data, s.item...)
	}
	return f
}

// transmit publishes the record under way, once more or for the first time.
func (p *publisher) transmit(now time.Time) {
	f := p.flight
	f.at = now
	f.sent++
	if err := p.conn.PublishRequest(logSubject, p.inbox+"."+f.id, f.data); neverSent(err) {
		f.refused++
	}
}

// neverSent reports whether an error says that no byte has left.
func neverSent(err error) bool {
	return errors.Is(err, nats.ErrReconnectBufExceeded) || errors.Is(err, nats.ErrConnectionClosed) || errors.Is(err, nats.ErrMaxPayload)
}

// takeAck notes what the server says of a record, and reports whether it has refused one for want
// of space. That a record is stored the log says, not the server.
func (p *publisher) takeAck(m *nats.Msg) (full bool) {
	f := p.flight
	if f == nil || !strings.HasSuffix(m.Subject, "."+f.id) {
		return false
	}
	full = isFull(m.Data)
	if full || m.Header.Get("Status") != "" { // 503: there is nobody who would take it
		f.refused++
	}
	if full && f.refused == f.sent {
		p.drop(fmt.Errorf("%w: the stream %s is full", history.ErrFull, streamName))
		p.held = true
	}
	return full
}

// isFull reports whether the server has refused a record because the stream, the account or the
// server is as large as it may become. Such a record has not been proposed to the replicas.
func isFull(ack []byte) bool {
	if !bytes.Contains(ack, []byte(`"error"`)) {
		return false
	}
	var answer struct {
		Error js.APIError `json:"error"`
	}
	if json.Unmarshal(ack, &answer) != nil {
		return false
	}
	switch answer.Error.ErrorCode {
	case codeAccountFull, codeServerFull, codeStorageFull:
		return true
	case codeStoreFailed:
		return strings.Contains(answer.Error.Description, "maximum")
	}
	return false
}

// The codes of nats-server for errors of a publication, as its errors.json has them.
const (
	codeAccountFull js.ErrorCode = 10002
	codeServerFull  js.ErrorCode = 10023
	codeStorageFull js.ErrorCode = 10047
	codeStoreFailed js.ErrorCode = 10077 // "maximum bytes exceeded", and others
)

// drop ends the flight of a record that is certainly not stored. What is patient waits again.
func (p *publisher) drop(err error) {
	var again []*submission
	for _, s := range p.flight.items {
		_, beat := s.change.(*backplane.Heartbeat)
		p.beat = p.beat || beat
		switch {
		case s.patient():
			again = append(again, s)
		default:
			s.fail(err)
		}
	}
	p.queue = append(again, p.queue...)
	p.flight = nil
}

// expire gives the answers that are overdue.
func (p *publisher) expire(now time.Time) {
	if len(p.queue) <= compactAbove {
		p.compacted = 0
	} else if len(p.queue) > 2*p.compacted {
		p.queue = compact(p.queue)
		p.compacted = len(p.queue)
	}
	p.queue = slices.DeleteFunc(p.queue, func(s *submission) bool {
		late := s.expired(now)
		if late {
			s.fail(backplane.ErrCutOff)
		}
		return late
	})
	f := p.flight
	if f == nil || !slices.ContainsFunc(f.items, func(s *submission) bool { return s.expired(now) }) {
		return
	}
	if f.refused == f.sent {
		p.drop(backplane.ErrCutOff)
		return
	}
	for _, s := range f.items {
		if s.expired(now) {
			s.fail(history.ErrUnknown)
		}
	}
}

// repeat publishes a record again that has not come back, and lets the next one be tried.
func (p *publisher) repeat(now time.Time) {
	p.held = false
	if f := p.flight; f != nil && (f.refused == f.sent || now.Sub(f.at) >= repeatAfter) {
		p.again(now)
	}
}

// again publishes the record under way again, if there is one.
func (p *publisher) again(now time.Time) {
	if p.flight != nil {
		p.repeats++
		p.transmit(now)
	}
}

// settle returns the submissions of a record of this epoch that the log has applied, and nil if
// they are not known. A record under way that has a number which another has taken counts as
// nothing wherever it is: what it has waits for the next one.
func (p *publisher) settle(n uint64, record []byte, now time.Time) []*submission {
	f := p.flight
	p.n = n
	if f == nil || f.n > n {
		return nil
	}
	p.flight = nil
	if f.n < n || !bytes.Equal(record, f.data) {
		p.queue = append(f.items, p.queue...)
		return nil
	}
	p.took = now.Sub(f.began)
	p.trip += (p.took - p.trip) / 8
	p.gatherUntil = now.Add(min(p.trip, maxGather)) // after a trip, two halves that take turns are faster
	p.expected = weight(f.items) + weight(p.queue)
	return f.items
}

// abandon answers all submissions, of which none will be applied: the epoch has ended, and with
// it what some of them were to end.
func (p *publisher) abandon(err error) {
	if p.flight != nil {
		p.queue = append(p.flight.items, p.queue...)
	}
	for _, s := range p.queue {
		if s.ends() {
			s.answer(backplane.Verdict{})
		} else {
			s.fail(err)
		}
	}
	p.flight, p.queue, p.epoch = nil, nil, 0
}

// leave answers all submissions, for this machine will not know what comes of the record under
// way.
func (p *publisher) leave(err error) {
	if p.flight != nil {
		for _, s := range p.flight.items {
			s.fail(history.ErrUnknown)
		}
	}
	for _, s := range p.queue {
		s.fail(err)
	}
	p.flight, p.queue, p.epoch = nil, nil, 0
}
