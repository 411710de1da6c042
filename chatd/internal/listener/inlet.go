package listener

import (
	"net"
	"os"
	"sync"
	"time"
)

// An inlet reads from a source that knows no deadlines: a goroutine of its own asks the
// source, when Read wants something and not before, and Read waits for that or the
// deadline. Read is for one goroutine; the other methods may be called from any.
type inlet struct {
	wanted  chan struct{}
	arrived chan arrival
	closed  chan struct{}
	closing sync.Once
	running sync.WaitGroup

	asked bool   // the goroutine is asking the source
	rest  []byte // that has arrived and was not read
	err   error  // comes after rest

	mu       sync.Mutex
	deadline time.Time
	moved    chan struct{} // closed when the deadline is set
}

// An arrival is what a source has returned.
type arrival struct {
	input []byte
	err   error
}

// newInlet returns an inlet. What the source returns is valid until it is called again.
func newInlet(source func() ([]byte, error)) *inlet {
	in := &inlet{wanted: make(chan struct{}, 1), arrived: make(chan arrival, 1), closed: make(chan struct{}), moved: make(chan struct{})}
	in.running.Go(func() { in.ask(source) }) // until close
	return in
}

func (in *inlet) ask(source func() ([]byte, error)) {
	for {
		select {
		case <-in.wanted:
			input, err := source()
			in.arrived <- arrival{input, err}
		case <-in.closed:
			return
		}
	}
}

// Read is that of a net.Conn.
func (in *inlet) Read(p []byte) (int, error) {
	for len(in.rest) == 0 && in.err == nil {
		if err := in.await(); err != nil {
			return 0, err
		}
	}
	if len(in.rest) == 0 {
		return 0, in.err
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

// await waits until something has arrived, or the deadline is moved.
func (in *inlet) await() error {
	deadline, moved := in.readDeadline()
	var passed <-chan time.Time
	if !deadline.IsZero() {
		left := time.Until(deadline)
		if left <= 0 {
			return os.ErrDeadlineExceeded
		}
		timer := time.NewTimer(left)
		defer timer.Stop()
		passed = timer.C
	}
	if !in.asked {
		in.asked = true
		in.wanted <- struct{}{}
	}
	select {
	case a := <-in.arrived:
		in.asked, in.rest, in.err = false, a.input, a.err
	case <-passed:
		return os.ErrDeadlineExceeded
	case <-moved:
	case <-in.closed:
		return net.ErrClosed
	}
	return nil
}

func (in *inlet) readDeadline() (deadline time.Time, moved <-chan struct{}) {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.deadline, in.moved
}

// SetReadDeadline is that of a net.Conn.
func (in *inlet) SetReadDeadline(t time.Time) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.deadline = t
	close(in.moved)
	in.moved = make(chan struct{})
	return nil
}

// close has Read fail. The goroutine ends when the source has returned.
func (in *inlet) close() { in.closing.Do(func() { close(in.closed) }) }

// wait waits until the goroutine has ended, after close.
func (in *inlet) wait() { in.running.Wait() }
