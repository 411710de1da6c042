package jetstream

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"linechat/chatd/internal/backplane/jetstream/natstest"
)

// testCluster connects to a server of its own.
func testCluster(t *testing.T) *Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := Connect(ctx, Config{URLs: natstest.Run(t, 1).URLs(), Replicas: 1, MaxBytes: 32 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// store stores records in the stream, each with its position as its text.
func store(t *testing.T, c *Cluster, from, to int) {
	t.Helper()
	for i := from; i <= to; i++ {
		if _, err := c.conn.Request(logSubject, []byte(strconv.Itoa(i)), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
}

// readTo reads until position last has been returned, and checks that all come in order, with
// the times that the stream has. Of what is delivered it drops what drop says. It polls when poll
// says so.
func readTo(t *testing.T, c *Cluster, r *reader, last uint64, drop func(*nats.Msg) bool, poll <-chan time.Time) {
	t.Helper()
	timeout := time.After(time.Minute)
	for want := r.next; want <= last; {
		var batch []entry
		var err error
		select {
		case m := <-r.live:
			if !drop(m) {
				batch, err = r.takeLive(m, nil)
			}
		case m := <-r.found:
			batch, err = r.takeFound(m, nil)
		case <-poll:
			r.poll()
		case <-timeout:
			t.Fatalf("record %d does not come", want)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range batch {
			if e.seq != want || string(e.data) != strconv.FormatUint(want, 10) {
				t.Fatalf("record %d is %q, want %d", e.seq, e.data, want)
			}
			if stored, err := c.stream.GetMsg(t.Context(), e.seq); err != nil || !stored.Time.Equal(e.time) {
				t.Fatalf("record %d is of %v; in the stream of %v, %v", e.seq, e.time, stored.Time, err)
			}
			want++
		}
	}
}

// TestReaderFetchesWhatItHasMissed loses some of the records that the server delivers.
func TestReaderFetchesWhatItHasMissed(t *testing.T) {
	t.Parallel()
	for name, drop := range map[string]func(seq int) bool{
		"none":           func(int) bool { return false },
		"the first ones": func(seq int) bool { return seq < 30 },
		"every third":    func(seq int) bool { return seq%3 == 0 },
		"the last ones":  func(seq int) bool { return seq > 70 },
		"all":            func(int) bool { return true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := testCluster(t)
			store(t, c, 1, 10)
			r, err := newReader(c.conn, 0, &trail{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.close()
			store(t, c, 11, 100)
			poll := time.NewTicker(10 * time.Millisecond)
			defer poll.Stop()
			readTo(t, c, r, 100, func(m *nats.Msg) bool {
				seq, err := strconv.Atoi(m.Header.Get("Nats-Sequence"))
				return err != nil || drop(seq)
			}, poll.C)
			if !r.level() {
				t.Errorf("not level: heard %d, next %d", r.heard, r.next)
			}
		})
	}
}

// TestReaderFetchesInParts reads more than is fetched at a time.
func TestReaderFetchesInParts(t *testing.T) {
	t.Parallel()
	c := testCluster(t)
	const last = 2*fetchCount + 100
	for i := 1; i <= last; i++ {
		if err := c.conn.Publish(logSubject, []byte(strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	store(t, c, last+1, last+1)
	r, err := newReader(c.conn, 5, &trail{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	r.fetch()
	if first, err := r.takeFound(<-r.found, nil); len(first) != 1 || err != nil || r.level() {
		t.Errorf("level after %d of %d records, %v", len(first), last+1-5, err)
	}
	readTo(t, c, r, last+1, func(*nats.Msg) bool { return false }, nil)
	if !r.level() {
		t.Errorf("not level: heard %d, next %d", r.heard, r.next)
	}
	if r.filled != last+1-5 || r.requests != 3 {
		t.Errorf("%d records were fetched by %d requests", r.filled, r.requests)
	}
}

// TestReaderNoticesAGap reads a stream from before its first record.
func TestReaderNoticesAGap(t *testing.T) {
	t.Parallel()
	c := testCluster(t)
	store(t, c, 1, 10)
	if err := c.purge(t.Context(), 6, time.Now().Add(time.Hour)); err == nil {
		t.Error("all records are older than an hour from now: which is the first that is not?")
	}
	store(t, c, 11, 11)
	at, err := c.positions(t.Context())
	if err != nil || at != (positions{1, 11}) {
		t.Fatalf("the stream has %+v, %v", at, err)
	}
	since, err := c.stream.GetMsg(t.Context(), 9)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.purge(t.Context(), 6, since.Time); err != nil {
		t.Fatal(err)
	}
	if at, err = c.positions(t.Context()); err != nil || at != (positions{6, 11}) {
		t.Errorf("after a purge below 6 the stream has %+v, %v", at, err)
	}
	if err := c.purge(t.Context(), 11, since.Time); err != nil {
		t.Fatal(err)
	}
	if at, err = c.positions(t.Context()); err != nil || at != (positions{9, 11}) {
		t.Errorf("after a purge of what is older than record 9 the stream has %+v, %v", at, err)
	}
	r, err := newReader(c.conn, 3, &trail{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	r.fetch()
	if _, err := r.takeFound(<-r.found, nil); err != errGap {
		t.Errorf("reading from before the first record: %v, want errGap", err)
	}
}

// TestReaderNoticesAnotherStream delivers another record of a position that was read.
func TestReaderNoticesAnotherStream(t *testing.T) {
	t.Parallel()
	past, now := &trail{}, time.Now()
	for seq := uint64(1); seq <= 9; seq++ {
		past.add(step{seq: seq, time: now})
	}
	past.add(step{seq: 10}) // whose time is not known
	r := &reader{next: 11, past: past}
	for _, test := range []struct {
		seq  string
		time time.Time
		want error
	}{{"9", now, nil}, {"10", now, nil}, {"9", now.Add(1), errReset}} {
		m := &nats.Msg{Header: nats.Header{"Nats-Sequence": {test.seq}, "Nats-Time-Stamp": {test.time.Format(time.RFC3339Nano)}}}
		if batch, err := r.takeLive(m, nil); len(batch) > 0 || !errors.Is(err, test.want) {
			t.Errorf("record %s of %v: %v, %v; want %v", test.seq, test.time, batch, err, test.want)
		}
	}
}
