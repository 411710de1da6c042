package listener

import (
	"errors"
	"log/slog"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/ssh"
)

// idling connects a client that begins a session, and answers keepalives or does not.
func idling(t *testing.T, inner *pipeListener, answers bool) {
	c := &queuedConn{inner.connect("10.0.0.1"), make(chan []byte, 100)}
	go c.send(t.Context())
	conn, _, requests, err := ssh.NewClientConn(c, "chat", &ssh.ClientConfig{
		User: "alice", Auth: []ssh.AuthMethod{passesNoQuestions}, HostKeyCallback: ssh.InsecureIgnoreHostKey()})
	if err != nil {
		t.Error(err)
		return
	}
	if answers {
		go ssh.DiscardRequests(requests) // refused, as OpenSSH does: that is an answer
	}
	channel, _, err := conn.OpenChannel("session", nil)
	if err == nil {
		_, err = channel.SendRequest("shell", true, nil)
	}
	if err != nil {
		t.Error(err)
	}
}

func TestKeepalivesFindDeadPeers(t *testing.T) {
	for name, test := range map[string]struct {
		answers bool
		ends    time.Duration
	}{
		"a peer that answers": {true, time.Hour},
		"a dead one":          {false, 2 * keepaliveEvery},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &SSH{HostKey: newSigner(t)}
				inner := newPipeListener()
				l := new(Handshakes).listen(inner, Options{Log: slog.New(slog.DiscardHandler)}, s.shake)
				go idling(t, inner, test.answers)
				c, err := l.Accept()
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				_ = c.SetReadDeadline(begun.Add(time.Hour))
				_, err = c.Read(make([]byte, 1))
				if ended := time.Since(begun); ended != test.ends || err == nil || errors.Is(err, os.ErrDeadlineExceeded) != test.answers {
					t.Errorf("its session ends after %v with %v", ended, err)
				}
				_ = c.Close()
				_ = l.Close()
				s.Wait()
			})
		})
	}
}
