package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"linechat/chatd/internal/history"
)

// serve serves srv on a port of its own until the test ends.
func serve(t *testing.T, srv *Server) (address string) {
	t.Helper()
	return serveOn(t, srv, "127.0.0.1:0")
}

func serveOn(t *testing.T, srv *Server, where string) (address string) {
	t.Helper()
	l, err := Listen(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		if err := <-ended; err != ErrStopped {
			t.Errorf("serving ended with %v", err)
		}
	})
	return l.Addr().String()
}

// dial connects to a server and reads its HELLO.
func dial(t *testing.T, address string) *peer {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	p := &peer{t, c, bufio.NewReader(c)}
	p.want("HELLO ")
	return p
}

func TestIdleSessionsHaveNoGoroutines(t *testing.T) {
	const sessions = 90
	srv := newTestServer(t)
	address := serve(t, srv)
	before := runtime.NumGoroutine()
	for i := range sessions {
		p := dial(t, address)
		p.do(fmt.Sprint("NICK n", i), "OK NICK")
		p.do("WHOAMI", "OK WHOAMI")
	}
	if n := runtime.NumGoroutine() - before; n > mostSpare+10 {
		t.Errorf("%d idle sessions have %d goroutines", sessions, n)
	}
}

// A gatedStore makes no room until it is told to.
type gatedStore struct {
	*history.Memory
	gate chan struct{}
}

func (g *gatedStore) Create(ctx context.Context, room history.Room) error {
	<-g.gate
	return g.Memory.Create(ctx, room)
}

// Sessions that wait hold no other up, however many they are, and when they have
// waited they are watched again.
func TestWhoWaitsIsRelieved(t *testing.T) {
	const waiting = 2 * mostSpare
	store := &gatedStore{memory(), make(chan struct{})}
	address := serve(t, newTestServer(t, store))
	bob := dial(t, address)
	var peers []*peer
	for i := range waiting {
		p := dial(t, address)
		p.send(fmt.Sprintf("CREATE room%d\nPING one", i))
		peers = append(peers, p)
		bob.do("PING two", "OK PING two")
	}
	close(store.gate)
	for _, p := range peers {
		p.want("OK CREATE")
		p.want("OK PING one")
		p.do("PING three", "OK PING three")
	}
}

// However input is cut, and whatever comes with it, all of it is read.
func TestWatchedInputIsReadToItsEnd(t *testing.T) {
	address := serve(t, newTestServer(t))
	long := "PING " + strings.Repeat("x", 900) + "\n"
	for _, test := range []struct {
		name    string
		send    func(c *net.TCPConn)
		answers int // and BYE
	}{
		{"at once", func(c *net.TCPConn) { _, _ = io.WriteString(c, strings.Repeat(long, 200)) }, 200},
		{"byte by byte", func(c *net.TCPConn) { bytewise(c, (long + long + long)[:2*len(long)+10]) }, 3},
		{"with urgent bytes", func(c *net.TCPConn) {
			for range 20 { // telnet's SYNCH: IAC DM, the latter urgent (RFC 854)
				_, _ = io.WriteString(c, "PING before\n\xff")
				urgent(t, c, 0xf2)
				_, _ = io.WriteString(c, "PING behind\n")
			}
		}, 40},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := dial(t, address)
			go func() {
				c := p.Conn.(*net.TCPConn)
				test.send(c)
				_ = c.CloseWrite() // may come with the last of the input
			}()
			for range test.answers {
				p.want("")
			}
			p.want("BYE end-of-input")
		})
	}
}

func bytewise(c net.Conn, text string) {
	for i := range len(text) {
		_, _ = io.WriteString(c, text[i:i+1])
	}
}

func urgent(t *testing.T, c *net.TCPConn, b byte) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Write(func(fd uintptr) bool {
		err = unix.Sendto(int(fd), []byte{b}, unix.MSG_OOB, nil)
		return err != unix.EAGAIN
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A read of a Unix socket ends where descriptors were passed, whatever is behind.
func TestWatchedUnixSocketIsReadToItsEnd(t *testing.T) {
	path := t.TempDir() + "/socket"
	serveOn(t, newTestServer(t), "unix://"+path)
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	p := &peer{t, c, bufio.NewReader(c)}
	p.want("HELLO ")
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for range 100 {
		if _, _, err := c.WriteMsgUnix([]byte("PING one\n"), unix.UnixRights(int(null.Fd())), nil); err != nil {
			t.Fatal(err)
		}
		p.send("PING two")
		p.want("OK PING one")
		p.want("OK PING two")
	}
}

// Posts of many sessions at once, and of sessions that come and go: none is lost.
func TestWatchLosesNoPost(t *testing.T) {
	const posters, posts = 20, 100
	srv := newTestServer(t)
	address := serve(t, srv)
	alice := dial(t, address)
	alice.do("CREATE go", "OK CREATE go")
	alice.do("JOIN go", "OK JOIN go")
	alice.do("SET presence off", "OK SET")
	var wg sync.WaitGroup
	for i := range posters {
		wg.Go(func() {
			p := dial(t, address)
			p.do("JOIN go", "OK JOIN go")
			p.do("SET echo off", "")
			for n := range posts {
				p.send(fmt.Sprintf("POST %d %d", i, n))
			}
			for n := 0; n < posts; {
				if line := p.want(""); strings.HasPrefix(line, "OK POST ") {
					n++
				}
			}
			p.send("QUIT")
		})
	}
	next := make([]int, posters)
	for seq := 1; seq <= posters*posts; seq++ {
		var got, poster, n int
		var nick string
		line := alice.want("MSG go")
		if _, err := fmt.Sscanf(line, "MSG go %d %s %d %d", &got, &nick, &poster, &n); err != nil || got != seq || n != next[poster] {
			t.Fatalf("got %q, %v; want number %d", line, err, seq)
		}
		next[poster]++
	}
	wg.Wait()
}

// A peer that has said QUIT, and goes on sending, gets its BYE, and is cut off
// then.
func TestWatchedConnectionLingers(t *testing.T) {
	srv := newTestServer(t)
	address := serve(t, srv)
	p := dial(t, address)
	p.send("QUIT\nPING behind it")
	for range 10 {
		p.send("PING late")
	}
	p.want("OK QUIT")
	p.want("BYE quit")
	if line, err := p.in.ReadString('\n'); err != io.EOF {
		t.Errorf("behind BYE there is %q, %v", line, err)
	}
	for len(srv.open()) > 0 { // the peer never closes; the server does, when it has waited
		time.Sleep(10 * time.Millisecond)
	}
}
