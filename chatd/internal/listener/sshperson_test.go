package listener

import (
	"context"
	"log/slog"
	"net"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// A queuedConn writes without waiting, as a kernel does and a pipe does not.
type queuedConn struct {
	net.Conn
	queue chan []byte
}

func (q *queuedConn) Write(p []byte) (int, error) {
	q.queue <- slices.Clone(p)
	return len(p), nil
}

// send writes what is queued until the test's context ends.
func (q *queuedConn) send(ctx context.Context) {
	for {
		select {
		case p := <-q.queue:
			_, _ = q.Conn.Write(p)
		case <-ctx.Done():
			return
		}
	}
}

// asking connects a client whose user takes a time to compare the host key's fingerprint.
func asking(ctx context.Context, inner *pipeListener, thinks time.Duration) error {
	c := &queuedConn{inner.connect("10.0.0.1"), make(chan []byte, 100)}
	go c.send(ctx)
	compare := func(string, net.Addr, ssh.PublicKey) error {
		time.Sleep(thinks)
		return nil
	}
	conn, channels, requests, err := ssh.NewClientConn(c, "chat", &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{passesNoQuestions}, HostKeyCallback: compare})
	if err != nil {
		return err
	}
	client := ssh.NewClient(conn, channels, requests)
	session, err := client.NewSession()
	if err == nil {
		err = session.Shell()
	}
	if err == nil {
		_ = session.Wait() // until the server ends it
	}
	return err
}

// Who compares the fingerprint on the first connection has two minutes for it, and then a
// session without a deadline.
func TestThereIsTimeToCompareAFingerprint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &SSH{HostKey: newSigner(t)}
		inner := newPipeListener()
		l := new(Handshakes).listen(inner, Options{Log: slog.New(slog.DiscardHandler)}, s.shake)
		if err := asking(t.Context(), inner, personTimeout+time.Second); err == nil {
			t.Error("a user who takes longer comes in")
		}
		go func() {
			if err := asking(t.Context(), inner, personTimeout-time.Second); err != nil {
				t.Errorf("a user who compares it does not come in: %v", err)
			}
		}()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(personTimeout)
		if _, err := c.Write([]byte("x")); err != nil {
			t.Errorf("after that, writing: %v", err)
		}
		_ = c.Close()
		_ = l.Close()
		s.Wait()
	})
}
