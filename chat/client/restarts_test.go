package client_test

import (
	"context"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chat/client"
)

// quick has a lost connection tried again at once.
const quick = 20 * time.Millisecond

// A pipe is one client that posts and one that reads, and what they must agree
// on: that each line comes once and in order.
type pipe struct {
	*testing.T
	lines          int
	reader, poster *client.Client
	read           chan int // closed at the end; how many lines were read
}

func newPipe(t *testing.T, lines int, reader, poster client.Config) *pipe {
	p := &pipe{T: t, lines: lines, reader: dial(t, reader), poster: dial(t, poster), read: make(chan int)}
	if err := p.poster.Create(t.Context(), "go", ""); err != nil {
		t.Fatal(err)
	}
	p.join(p.reader)
	return p
}

// join joins, however often the connection is lost on the way.
func (p *pipe) join(c *client.Client) {
	p.Helper()
	for {
		_, err := c.Join(p.Context(), "go")
		if err == nil {
			return
		}
		if !errors.Is(err, client.ErrLost) {
			p.Fatal(err)
		}
	}
}

// post posts all lines, and checks their numbers.
func (p *pipe) post() {
	postings := make(chan *client.Request, p.lines)
	for i := range p.lines {
		posting, err := p.poster.PostAsync(p.Context(), "go", text(i))
		if err != nil {
			p.Error(err)
			break
		}
		postings <- posting
	}
	close(postings)
	want := uint64(0)
	for posting := range postings {
		want++
		if r, err := posting.Wait(p.Context()); r.OK.Seq != want || err != nil {
			p.Errorf("line %d was posted as number %d, %v", want, r.OK.Seq, err)
			return
		}
	}
}

func text(i int) string { return fmt.Sprintf("line %d of many", i) }

// watch reads until every line has come, and checks them.
func (p *pipe) watch() {
	defer close(p.read)
	lost := 0
	for next := 0; next < p.lines; {
		e, ok := <-p.reader.Events()
		if !ok {
			p.Errorf("the reader has ended: %v", p.reader.Err())
			return
		}
		switch e := e.(type) {
		case client.StateChange:
			if e.To.State == client.Lost {
				lost++
			}
		case client.Gap, client.RoomLost, client.RoomReset:
			p.Errorf("%#v", e)
		case client.Message:
			if e.Seq != uint64(next+1) || e.Text != text(next) || e.Nick != "poster" {
				p.Errorf("number %d is %q of %s after %d", e.Seq, e.Text, e.Nick, next)
				return
			}
			next++
			select {
			case p.read <- next:
			default:
			}
		}
	}
	p.Logf("the reader's connection was lost %d times", lost)
}

// TestRestarts: posts survive restarts and kills of the daemon in their midst,
// none lost, none doubled, each read once and in order.
func TestRestarts(t *testing.T) {
	d := runDaemon(t, "")
	config := func(nick string) client.Config {
		return client.Config{Server: d.Address, Nick: nick}.WithPause(quick)
	}
	const lines = 6000
	p := newPipe(t, lines, config("reader"), config("poster"))
	var clients sync.WaitGroup
	clients.Go(p.post)
	clients.Go(p.watch)
	const restarts = 4
	for i := range restarts {
		for n := range p.read {
			if n >= (i+1)*lines/(restarts+1) {
				break
			}
		}
		if i == 1 {
			if err := d.Stop(time.Minute); err != nil {
				t.Error(err)
			}
		} else {
			d.Kill()
		}
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
	}
	for range p.read { // to the end
	}
	clients.Wait()
}

// TestCuts: connections that end anywhere, in the middle of any line in either
// direction.
func TestCuts(t *testing.T) {
	d := runDaemon(t, "")
	var cuts atomic.Int64
	config := func(nick string) client.Config {
		random := mathrand.New(mathrand.NewPCG(1, uint64(nick[0])))
		dial := func(ctx context.Context) (net.Conn, error) {
			var plain net.Dialer
			n, err := plain.DialContext(ctx, "tcp", d.Address)
			if err != nil {
				return nil, err
			}
			cuts.Add(1)
			c := &cutConn{Conn: n}
			c.left.Store(3000 + random.Int64N(20_000))
			return c, nil
		}
		return client.Config{Dial: dial, Nick: nick, DialTimeout: time.Minute}.WithPause(quick / 10)
	}
	p := newPipe(t, 5000, config("reader"), config("poster"))
	var clients sync.WaitGroup
	clients.Go(p.post)
	clients.Go(p.watch)
	for range p.read {
	}
	clients.Wait()
	t.Logf("%d connections were made", cuts.Load())
}

// A cutConn ends when so many bytes have gone through it.
type cutConn struct {
	net.Conn
	left atomic.Int64
}

func (c *cutConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return c.count(n, err)
}

func (c *cutConn) Write(b []byte) (int, error) {
	if left := c.left.Load(); left < int64(len(b)) { // only a part of it
		_, _ = c.Conn.Write(b[:max(left, 0)])
		return c.count(len(b), nil)
	}
	n, err := c.Conn.Write(b)
	return c.count(n, err)
}

func (c *cutConn) count(n int, err error) (int, error) {
	if left := c.left.Add(int64(-n)); left < 0 {
		_ = c.Conn.Close()
		return max(n+int(left), 0), net.ErrClosed
	}
	return n, err
}
