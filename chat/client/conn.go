package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"linechat/chatd/proto"
)

// maxLine is the longest line that is taken from a server: the longest text that a
// daemon can be told to take, 1 MiB, of characters of six bytes in JSON. Its names and
// other short fields have at most maxFields bytes, so that an event is as large as its
// text (protocol.md, "Limits").
const (
	maxLine   = 6<<20 + 4<<10
	maxFields = 1 << 10
)

// A conn is one connection, from HELLO to its end. Its reader handles the server's
// lines, its writer sends what nextRequests returns.
type conn struct {
	client  *Client
	net     net.Conn
	ctx     context.Context // ends with the connection, with the cause
	cancel  context.CancelCauseFunc
	wg      sync.WaitGroup
	greeted chan struct{} // closed when HELLO has come

	pinged bool // the reader's: PING was sent because nothing came

	// Guarded by the client's mutex.
	open     bool       // requests of the outbox are sent
	creating int        // CREATEs of missing rooms under way; meanwhile the outbox waits
	quits    bool       // QUIT was sent: nothing after it is answered
	first    []*Request // the client's own, which are sent before those of the outbox
	inflight []*Request // sent, in order, without their answer
	guest    string     // the nick that HELLO gave; "": it has not come
	answered bool       // the first answer has come
	replayed bool       // a post that was missed has come
	progress time.Time  // when the answers to those in flight last went on
	latest   string     // the room that was resumed last
}

// newConn starts the reader and the writer of a connection.
func newConn(c *Client, n net.Conn) *conn {
	cn := &conn{client: c, net: n, greeted: make(chan struct{})}
	cn.ctx, cn.cancel = context.WithCancelCause(c.ctx)
	c.mu.Lock()
	c.conn = cn
	c.mu.Unlock()
	cn.wg.Go(func() {
		<-cn.ctx.Done()
		_ = n.Close() // ends a read or a write that waits
		c.mu.Lock()
		defer c.mu.Unlock()
		c.events.changed.Broadcast()
	})
	cn.wg.Go(func() { cn.cancel(cn.read()) })
	cn.wg.Go(cn.write)
	return cn
}

// end ends the connection, if it has not ended by itself.
func (cn *conn) end(err error) {
	cn.cancel(err)
	cn.wg.Wait()
}

// ask sends a command of the client's own, before those that wait. A JOIN resumes
// its room.
func (cn *conn) ask(verb string, words ...string) (*Request, error) {
	cn.client.mu.Lock()
	defer cn.client.mu.Unlock()
	return cn.enqueue(proto.Command{Verb: verb, Words: words})
}

// enqueue is ask with the mutex held.
func (cn *conn) enqueue(command proto.Command) (*Request, error) {
	r, err := newRequest(command)
	if err == nil {
		r.internal = true
		cn.first = append(cn.first, r)
		cn.client.wakeWriter()
	}
	return r, err
}

// do asks, and waits for the answer.
func (cn *conn) do(ctx context.Context, verb string, words ...string) (Reply, error) {
	r, err := cn.ask(verb, words...)
	if err == nil {
		err = cn.await(ctx, r)
	}
	if err != nil {
		return Reply{}, err
	}
	return r.reply, nil
}

// await waits for the answer to a request of ask.
func (cn *conn) await(ctx context.Context, r *Request) error {
	select {
	case <-r.done:
		return r.err
	case <-cn.ctx.Done():
		return context.Cause(cn.ctx)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// write sends requests until that fails or the connection ends.
func (cn *conn) write() {
	var lines []byte
	for {
		requests, held := cn.client.nextRequests(cn)
		if len(requests) > 0 {
			lines = lines[:0]
			for _, r := range requests {
				lines = append(lines, r.line...)
			}
			cn.logCommands(requests)
			if _, err := cn.net.Write(lines); err != nil {
				sleep(cn.ctx, closeTimeout) // the server may have said why: the reader reads to the end
				cn.cancel(err)
				return
			}
			continue
		}
		var due <-chan time.Time
		if held > 0 {
			due = time.After(held)
		}
		select {
		case <-cn.client.wake:
		case <-due:
		case <-cn.ctx.Done():
			return
		}
	}
}

// read handles the server's lines until the connection ends, and returns why it has.
func (cn *conn) read() error {
	lines := bufio.NewScanner(probingReader{cn})
	lines.Buffer(make([]byte, 64<<10), maxLine)
	lines.Split(wholeLines)
	for lines.Scan() {
		l, err := proto.ParseLine(lines.Text())
		if err != nil {
			return fmt.Errorf("%w: a line of %d bytes is not of it", ErrProtocol, len(lines.Bytes())) // its text may be a post's
		}
		if clean(&l) > maxFields {
			return fmt.Errorf("%w: a line with names of more than %d bytes", ErrProtocol, maxFields)
		}
		cn.logAnswer(&l)
		if err := cn.receive(&l); err != nil {
			return err
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return fmt.Errorf("%w: a line of more than %d bytes", ErrProtocol, maxLine)
	case err != nil:
		return err
	}
	return io.EOF
}

// wholeLines splits like bufio.ScanLines, but for a last line without an end,
// which is no line: the connection was cut.
func wholeLines(data []byte, _ bool) (advance int, token []byte, err error) {
	i := bytes.IndexByte(data, '\n')
	if i < 0 {
		return 0, nil, nil
	}
	return i + 1, bytes.TrimSuffix(data[:i], []byte("\r")), nil
}

// clean takes out of a line's fields what could disturb a terminal, and returns how
// long they are, without the text. The server sees to both, too; the client does not
// rely on it.
func clean(l *proto.Line) (size int) {
	l.Text = proto.CleanLines(l.Text)
	for _, field := range []*string{&l.Verb, (*string)(&l.Code), &l.Protocol, &l.Room, &l.Nick, &l.Old, &l.Role, &l.Current, &l.Why, &l.Name, &l.Value, &l.Format} {
		*field = proto.Clean(*field)
		size += len(*field)
	}
	return size
}

// A probingReader reads when there is room for events, and has a server that is
// silent show that it is there.
type probingReader struct{ *conn }

func (p probingReader) Read(b []byte) (int, error) {
	for {
		p.client.throttle(p.ctx, p.conn)
		_ = p.net.SetReadDeadline(time.Now().Add(pingInterval)) // which fails where Read does
		n, err := p.net.Read(b)
		switch {
		case n > 0 || !errors.Is(err, os.ErrDeadlineExceeded):
			p.pinged = false
			return n, err
		case p.pinged:
			return 0, fmt.Errorf("the server has been silent for %v", 2*pingInterval)
		}
		p.pinged = true
		if _, err := p.ask("PING"); err != nil {
			return 0, err
		}
	}
}
