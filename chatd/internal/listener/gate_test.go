package listener

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/origin"
	"linechat/chatd/internal/repeats"
)

func newGate(maxPerAddress int, limits origin.Limits) *Gate {
	return &Gate{Origins: origin.NewTable(limits, nil), MaxPerAddress: maxPerAddress}
}

// An address has so many connections, and one more when one of them has ended. Whoever is
// refused reads why.
func TestGate(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "unix://" + t.TempDir() + "/s"} {
		l, dial := listenFor(t, address, Options{Gate: newGate(2, origin.Limits{})})
		var accepted [2]net.Conn
		for i := range accepted {
			dial()
			accepted[i] = accept(t, l)
		}
		if unix := strings.HasPrefix(address, "unix:"); unix && hasPeers && OriginOf(accepted[0]) != origin.Of(nil, os.Geteuid()) {
			t.Errorf("a user of this machine is %v", OriginOf(accepted[0]))
		}
		if _, ok := accepted[0].(syscall.Conn); !ok {
			t.Error("a connection hides its descriptor")
		}
		next := make(chan net.Conn, 1)
		go func() {
			c, _ := l.Accept()
			next <- c
		}()
		over := dial([]byte("NICK alice\n"))
		if line, err := bufio.NewReader(over).ReadString('\n'); !strings.HasPrefix(line, "BYE too-many your address has 2 connections") || err != nil {
			t.Errorf("the third connection reads %q, %v", line, err)
		}
		_ = accepted[0].Close()
		_ = accepted[0].Close() // counts once
		dial()
		if c := <-next; c == nil {
			t.Error("nobody gets the place of a connection that has ended")
		} else {
			_ = c.Close()
		}
	}
}

// While memory is short all are refused, and hold no place of their address.
func TestGateWithoutMemory(t *testing.T) {
	gate := newGate(1, origin.Limits{})
	var short atomic.Bool
	short.Store(true)
	gate.Short = short.Load
	l, dial := listenFor(t, "127.0.0.1:0", Options{Gate: gate})
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	for range 3 {
		if line, err := bufio.NewReader(dial()).ReadString('\n'); !strings.HasPrefix(line, "BYE too-many the server is short of memory") || err != nil {
			t.Errorf("a connection reads %q, %v", line, err)
		}
	}
	short.Store(false)
	dial()
	if c := <-accepted; c != nil {
		_ = c.Close()
	} else {
		t.Error("when there is memory again nobody is accepted")
	}
}

// A tally counts connections that are refused.
type tally struct {
	noMeter
	refused atomic.Int32
}

func (c *tally) ConnectionRefused(string) { c.refused.Add(1) }

// Who connects too often is refused before TLS is computed, in the clear, and counted.
func TestGateBeforeTLS(t *testing.T) {
	certFile, keyFile, _ := pairIn(t, t.TempDir())
	config, err := LoadTLS(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var limits origin.Limits
	limits[origin.Connects] = origin.Limit{Burst: 1, PerSecond: 0.001}
	gate := newGate(10, limits)
	var log lockedBuffer
	gate.Repeats = repeats.New(slog.New(slog.NewTextHandler(&log, nil)))
	var counted tally
	l, dial := listenFor(t, "tls://127.0.0.1:0", Options{Gate: gate, TLS: config, Meter: &counted})
	go func() { _, _ = l.Accept() }() // until the cleanup
	dial()
	const refused = 2 * maxRefusals
	for range refused {
		if all, err := io.ReadAll(dial()); !strings.HasPrefix(string(all), "BYE too-many your address makes more than") || err != nil {
			t.Errorf("a further connection reads %q, %v", all, err)
		}
	}
	if n := counted.refused.Load(); n != refused {
		t.Errorf("%d refusals were counted, want %d", n, refused)
	}
	gate.Repeats.Close()
	if !strings.Contains(log.String(), `origin=127.0.0.1 count=32`) {
		t.Errorf("the log has %s", log.String())
	}
}

// A listener that is closed waits for no peer that was refused.
func TestGateClosesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := newPipeListener()
		l := newGate(1, origin.Limits{}).listen(inner, nil)
		var accepting sync.WaitGroup
		accepting.Go(func() {
			for err := error(nil); err == nil; {
				_, err = l.Accept()
			}
		})
		for range maxRefusals {
			inner.connect("192.0.2.1") // and reads nothing
		}
		synctest.Wait()
		start := time.Now()
		_ = l.Close()
		accepting.Wait()
		if took := time.Since(start); took > 0 {
			t.Errorf("it took %v", took)
		}
	})
}

// Whoever comes through a proxy is exempt from nothing, whatever address it names.
func TestNobodyBehindAProxyIsExempt(t *testing.T) {
	gate := &Gate{Origins: origin.NewTable(origin.Limits{}, origin.Local), MaxPerAddress: 1}
	l, dial := listenFor(t, "127.0.0.1:0", Options{Gate: gate, Proxies: loopback})
	header := proxyHeader(t, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: 4711})
	dial(header)
	accept(t, l)
	go func() { _, _ = l.Accept() }() // until the cleanup
	if line, err := bufio.NewReader(dial(header)).ReadString('\n'); !strings.HasPrefix(line, "BYE too-many your address has 1 connections") || err != nil {
		t.Errorf("the second client reads %q, %v", line, err)
	}
}
