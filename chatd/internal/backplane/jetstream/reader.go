package jetstream

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"
)

// An entry is a record as the stream has it.
type entry struct {
	seq  uint64 // from 1
	time time.Time
	data []byte
}

const (
	liveBuffer = 256     // of records that the server delivers; those beyond are dropped, and fetched
	aheadCount = 64      // of records that wait for those before them
	fetchCount = 1024    // of records that are asked for at a time
	fetchBytes = 8 << 20 // likewise

	// How long an answer is waited for: of the servers that keep the stream any is asked, and
	// one that is stopped, or cut off, has none. Twice as long as the last one took, within
	// these limits.
	minFetchRetry = 200 * time.Millisecond
	maxFetchRetry = 500 * time.Millisecond
)

// A reader returns the records of the stream in order. The server delivers them as they are
// stored; those that were missed it is asked for. It has one user at a time.
type reader struct {
	conn  *nats.Conn
	live  chan *nats.Msg // records as they are stored
	found chan *nats.Msg // what the server answers to fetch
	subs  []*nats.Subscription
	inbox string // where it answers

	past   *trail    // of the records that were returned before
	next   uint64    // position that is returned next
	ahead  []entry   // later ones, one after another
	newest time.Time // of the records that it has heard of
	heard  uint64    // position of the last of them
	polled uint64    // what next was when it was asked for more

	requests uint64        // number of fetches; the last one's answers count
	asked    time.Time     // when it was made, or last answered; zero: none is under way
	answered bool          // whether there was an answer to it
	trip     time.Duration // until the first one that there was
	filled   uint64        // how many records were fetched that were missed, for Figures
}

// newReader returns a reader that begins after a position.
func newReader(conn *nats.Conn, applied uint64, past *trail) (*reader, error) {
	r := &reader{
		conn: conn, past: past, next: applied + 1, inbox: conn.NewInbox(),
		live: make(chan *nats.Msg, liveBuffer), found: make(chan *nats.Msg, 2*fetchCount),
	}
	for subject, to := range map[string]chan *nats.Msg{liveSubject: r.live, r.inbox + ".*": r.found} {
		sub, err := conn.ChanSubscribe(subject, to)
		if err != nil {
			r.close()
			return nil, fmt.Errorf("subscribing to %s: %w", subject, err)
		}
		r.subs = append(r.subs, sub)
	}
	return r, conn.FlushTimeout(dialTimeout)
}

func (r *reader) close() {
	for _, sub := range r.subs {
		_ = sub.Unsubscribe() // it fails where the connection is closed, and then there is none
	}
}

// level reports whether all records that the reader has heard of are returned.
func (r *reader) level() bool { return r.heard < r.next }

// takeLive appends to batch what a record that was delivered has to follow.
func (r *reader) takeLive(m *nats.Msg, batch []entry) ([]entry, error) {
	e, err := entryOf(m)
	if err != nil {
		return batch, err
	}
	r.hear(e)
	switch {
	case e.seq < r.next:
		return batch, r.check(e)
	case e.seq > r.next:
		r.keep(e)
		r.fetch()
		return batch, nil
	}
	return r.pass(e, batch), nil
}

// check compares a record with the one that was applied at its position: there is one, unless
// the stream has lost what it had.
func (r *reader) check(e entry) error {
	if s := r.past.at(e.seq); s != nil && !s.time.IsZero() && !s.time.Equal(e.time) {
		return fmt.Errorf("%w (record %d)", errReset, e.seq)
	}
	return nil
}

func (r *reader) hear(e entry) {
	if e.seq > r.heard {
		r.heard, r.newest = e.seq, e.time
	}
}

// keep keeps a record for later. The newest are kept: by the time those before them are there,
// they are what has to follow.
func (r *reader) keep(e entry) {
	if n := len(r.ahead); n >= aheadCount || n > 0 && r.ahead[n-1].seq+1 != e.seq {
		r.ahead = r.ahead[:0]
	}
	r.ahead = append(r.ahead, e)
}

// pass appends the next record, and those that waited for it.
func (r *reader) pass(e entry, batch []entry) []entry {
	batch = append(batch, e)
	r.next++
	for len(r.ahead) > 0 && r.ahead[0].seq <= r.next {
		if r.ahead[0].seq == r.next {
			batch = append(batch, r.ahead[0])
			r.next++
		}
		r.ahead = r.ahead[1:]
	}
	return batch
}

// poll asks for more if no record has come since it was called last.
func (r *reader) poll() {
	if r.polled == r.next || !r.level() {
		r.fetch()
	}
	r.polled = r.next
}

// fetch asks for the records from next on, unless that is under way. Any server that keeps the
// stream may answer.
func (r *reader) fetch() {
	if !r.asked.IsZero() && time.Since(r.asked) < min(max(2*r.trip, minFetchRetry), maxFetchRetry) {
		return
	}
	r.requests++
	r.asked, r.answered = time.Now(), false
	request := fmt.Appendf(nil, `{"seq":%d,"batch":%d,"max_bytes":%d}`, r.next, fetchCount, fetchBytes)
	// What is not sent, because there is no connection, is asked for again.
	_ = r.conn.PublishRequest("$JS.API.DIRECT.GET."+streamName, r.reply(), request)
}

// pendingHeader says of a record that was fetched how many follow it in the stream.
const pendingHeader = "Nats-Num-Pending"

func (r *reader) reply() string { return r.inbox + "." + strconv.FormatUint(r.requests, 10) }

// errGap says that the stream has later records than the next one, but not that.
var errGap = errors.New("a record is missing in the stream")

// fetchAnew asks for the records from next on once more: where it was asked, nobody answers any
// more.
func (r *reader) fetchAnew() {
	r.asked = time.Time{}
	r.fetch()
}

// time notes how long the answer to a fetch has taken.
func (r *reader) time(m *nats.Msg) {
	if !r.answered && m.Subject == r.reply() {
		r.answered, r.trip = true, time.Since(r.asked)
	}
}

// takeFound appends to batch the record that was fetched, if m has one.
func (r *reader) takeFound(m *nats.Msg, batch []entry) ([]entry, error) {
	r.time(m)
	if m.Header.Get("Status") != "" {
		return batch, r.endFetch(m)
	}
	e, err := entryOf(m)
	if err != nil {
		return batch, err
	}
	r.hear(e)
	// Those that follow are heard of, too, though not when they were stored.
	if more, err := strconv.ParseUint(m.Header.Get(pendingHeader), 10, 64); err == nil {
		r.heard = max(r.heard, e.seq+more)
	}
	if e.seq < r.next {
		return batch, nil
	}
	if e.seq > r.next {
		return batch, errGap
	}
	r.asked = time.Now() // more are on their way
	r.filled++
	return r.pass(e, batch), nil
}

// endFetch notes that a fetch is answered, and goes on if there is more.
func (r *reader) endFetch(m *nats.Msg) error {
	if m.Subject != r.reply() {
		return nil
	}
	r.asked = time.Time{}
	switch status := m.Header.Get("Status"); status {
	case "204": // the end of what was asked for
		if m.Header.Get(pendingHeader) != "0" {
			r.fetch()
		}
		return nil
	case "404", "503": // nothing yet; and nobody who would know
		return nil
	default:
		return fmt.Errorf("reading the stream: %s %s", status, m.Header.Get("Description"))
	}
}

// entryOf returns the record of a message as JetStream delivers and returns it.
func entryOf(m *nats.Msg) (entry, error) {
	seq, err := strconv.ParseUint(m.Header.Get(js.SequenceHeader), 10, 64)
	if err != nil {
		return entry{}, fmt.Errorf("a record without its position on %s: %w", m.Subject, err)
	}
	at, err := time.Parse(time.RFC3339Nano, m.Header.Get(js.TimeStampHeaer))
	if err != nil {
		return entry{}, fmt.Errorf("record %d without its time: %w", seq, err)
	}
	return entry{seq, at, m.Data}, nil
}
