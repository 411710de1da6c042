package server

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/listener"
)

// serve serves srv on a port of its own until the test ends.
func serve(t *testing.T, srv *Server) (address string) {
	t.Helper()
	return serveOn(t, srv, "127.0.0.1:0", listener.Options{})
}

func serveOn(t *testing.T, srv *Server, where string, o listener.Options) (address string) {
	t.Helper()
	sockets, err := listener.Bind(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	l := sockets[0].Listen(o)
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

// moreGoroutines is how many the loop and the test have themselves, at most.
const moreGoroutines = 30

func TestIdleSessionsHaveNoFurtherGoroutines(t *testing.T) {
	const sessions = 90
	srv := newTestServer(t)
	address := serve(t, srv)
	before := runtime.NumGoroutine()
	for i := range sessions {
		p := dial(t, address)
		p.do(fmt.Sprint("NICK n", i), "OK NICK")
		p.do("WHOAMI", "OK WHOAMI")
	}
	if n := runtime.NumGoroutine() - before; n > sessions*goroutinesEach+moreGoroutines {
		t.Errorf("%d idle sessions have %d goroutines", sessions, n)
	}
}

func TestIdleSessionsAreToldOfAStop(t *testing.T) {
	srv := newTestServer(t)
	address := serve(t, srv)
	var peers []*peer
	for range 10 {
		peers = append(peers, dial(t, address))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Errorf("shutting down: %v", err)
	}
	for _, p := range peers {
		p.want("BYE shutdown")
	}
}

// A stop while sessions begin ends each of them, once.
func TestSessionsThatBeginAreEndedOnce(t *testing.T) {
	for range 200 {
		srv := newTestServer(t)
		var admitting sync.WaitGroup
		for range 16 {
			near, far := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, far) }()
			admitting.Go(func() { srv.admit(near) })
		}
		for len(srv.open()) == 0 { // until one begins
			runtime.Gosched()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("shutting down: %v", err)
		}
		cancel()
		admitting.Wait()
		srv.hub.Close()
	}
}

// However input is cut, and whatever comes with it, all of it is read.
func TestInputIsReadToItsEnd(t *testing.T) {
	address := serve(t, newTestServer(t))
	long := "PING " + strings.Repeat("x", 900) + "\n"
	for _, test := range []struct {
		name    string
		send    func(c *net.TCPConn)
		answers int // and BYE
	}{
		{"at once", func(c *net.TCPConn) { _, _ = io.WriteString(c, strings.Repeat(long, 200)) }, 200},
		{"byte by byte", func(c *net.TCPConn) { bytewise(c, (long + long + long)[:2*len(long)+10]) }, 3},
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

// Posts of many sessions at once, and of sessions that come and go: none is lost.
func TestManySessionsLoseNoPost(t *testing.T) {
	const rooms, posters, posts = 4, 20, 100
	srv := newTestServer(t)
	address := serve(t, srv)
	alice := dial(t, address)
	alice.do("SET presence off", "OK SET")
	for room := range rooms {
		alice.do(fmt.Sprint("CREATE go", room), "OK CREATE")
		alice.do(fmt.Sprint("JOIN go", room), "OK JOIN")
	}
	var wg sync.WaitGroup
	for i := range posters {
		wg.Go(func() {
			p := dial(t, address)
			p.do(fmt.Sprint("JOIN go", i%rooms), "OK JOIN go")
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
	heads := make([]int, rooms)
	for range posters * posts {
		var room, seq, poster, n int
		var nick string
		line := alice.want("MSG go")
		if _, err := fmt.Sscanf(line, "MSG go%d %d %s %d %d", &room, &seq, &nick, &poster, &n); err != nil || seq != heads[room]+1 || n != next[poster] {
			t.Fatalf("got %q, %v; want number %d", line, err, heads[room]+1)
		}
		heads[room]++
		next[poster]++
	}
	wg.Wait()
}

// A peer that has said QUIT, and goes on sending, gets its BYE, and is cut off
// then.
func TestConnectionLingers(t *testing.T) {
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
	_ = srv.open() // so that it was admitted before the wait, for the race detector, too
	srv.wg.Wait()  // the peer never closes; the server does, when it has waited
}
