package server

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	cryptotls "crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
)

// A deadlineConn counts the deadlines that its writes are given. Where there are far too many it is closed,
// so that a test ends.
type deadlineConn struct {
	*cryptotls.Conn
	deadlines atomic.Int32
}

func (c *deadlineConn) SetWriteDeadline(at time.Time) error {
	if c.deadlines.Add(1) > 10_000 {
		_ = c.Close()
	}
	return c.Conn.SetWriteDeadline(at)
}

// certificate returns a TLS certificate for a test.
func certificate(t *testing.T) cryptotls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return cryptotls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A peer behind TLS that stops reading is ended after a minute: a write that has
// timed out is not tried again, for crypto/tls fails every one after it at once, and
// nothing waits for the peer to learn that the connection is closed.
func TestStalledTLSPeerIsEndedWithoutRetries(t *testing.T) {
	config := &cryptotls.Config{Certificates: []cryptotls.Certificate{certificate(t)}}
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		near, far := net.Pipe()
		counted := &deadlineConn{Conn: cryptotls.Server(near, config)}
		go srv.admit(counted)
		client := cryptotls.Client(far, &cryptotls.Config{InsecureSkipVerify: true})
		p := &peer{t, client, bufio.NewReader(client)}
		p.want("HELLO ")
		start := time.Now()
		go func() { _, _ = io.WriteString(client, strings.Repeat("HELP\n", 100)) }()
		synctest.Wait()
		for len(srv.open()) > 0 {
			pass(time.Second)
		}
		if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second {
			t.Errorf("it was ended after %v", took)
		}
		if n := counted.deadlines.Load(); n > 100 {
			t.Errorf("its writes were given %d deadlines", n)
		}
		_ = far.Close()
	})
}
