package servertest_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/servertest"
)

// A peer is one connection, with its HELLO read.
type peer struct {
	*testing.T
	net.Conn
	in *bufio.Reader
}

func connect(t *testing.T, s *servertest.Server) *peer {
	t.Helper()
	c, err := s.Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{t, c, bufio.NewReader(c)}
	p.want("HELLO chatd/1 guest-")
	return p
}

// want reads one line, which must begin so.
func (p *peer) want(prefix string) {
	p.Helper()
	if line, err := p.in.ReadString('\n'); err != nil || !strings.HasPrefix(line, prefix) {
		p.Fatalf("got %q, %v; want %q", line, err, prefix)
	}
}

// do sends a line and wants one in answer.
func (p *peer) do(line, want string) {
	p.Helper()
	if _, err := io.WriteString(p, line+"\n"); err != nil {
		p.Fatal(err)
	}
	p.want(want)
}

// ended wants the connection to be at its end.
func (p *peer) ended() {
	p.Helper()
	if line, err := p.in.ReadString('\n'); err != io.EOF {
		p.Fatalf("got %q, %v; want the end", line, err)
	}
}

func TestPosts(t *testing.T) {
	s := servertest.New(servertest.Config{})
	defer s.Close()
	alice, bob := connect(t, s), connect(t, s)
	alice.do("NICK alice", "OK NICK alice")
	alice.do("CREATE go", "OK CREATE go")
	alice.do("JOIN go", "OK JOIN go 1 0")
	bob.do("IN go POST hi", "OK POST go 1")
	alice.want("MSG go 1 guest-")
}

// A cut leaves rooms and posts, but no session.
func TestCut(t *testing.T) {
	s := servertest.New(servertest.Config{})
	defer s.Close()
	alice := connect(t, s)
	alice.do("NICK alice", "OK NICK alice")
	alice.do("CREATE go", "OK CREATE go")
	alice.do("JOIN go", "OK JOIN go 1 0")
	alice.do("POST hi", "MSG go 1 alice hi")
	s.Cut()
	alice.want("OK POST go 1")
	alice.ended()
	again := connect(t, s)
	again.do("IN go HISTORY 10", "PAST ")
	again.want("OK HISTORY go 1")
}

func TestClose(t *testing.T) {
	s := servertest.New(servertest.Config{})
	p := connect(t, s)
	closed := make(chan bool)
	go func() { s.Close(); s.Close(); close(closed) }()
	p.want("BYE shutdown")
	p.ended()
	_ = p.Close()
	<-closed
	if _, err := s.Dial(t.Context()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

// In fake time: a peer that does not read is cut off by Close, nothing outlives it,
// and a rate takes no time.
func TestBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := servertest.New(servertest.Config{Rate: 1})
		silent, err := s.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		alice := connect(t, s)
		alice.do("CREATE go", "OK CREATE go")
		began := time.Now()
		for i := range 1100 {
			alice.do(fmt.Sprint("PING ", i), "")
		}
		if took := time.Since(began); took < time.Minute {
			t.Errorf("1,100 lines above a burst of 1,000 at one a second took %v", took)
		}
		s.Close()
	})
}

func TestDialGivesUp(t *testing.T) {
	s := servertest.New(servertest.Config{})
	defer s.Close()
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := s.Dial(ctx); !errors.Is(err, gone) {
		t.Errorf("Dial after its context has ended: %v", err)
	}
}

// Neither program links this package or clienttest, and chat nothing of the server.
func TestProgramsDoNotLinkIt(t *testing.T) {
	for program, unwanted := range map[string]string{"chat": `^linechat/(chatd/internal/.*|.*test)$`, "chatd": `^linechat/.*test$`} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "linechat/"+program).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "linechat/chatd/proto\n") {
			t.Fatalf("%v\n%s", err, out)
		}
		if found := regexp.MustCompile("(?m)"+unwanted).FindAllString(string(out), -1); len(found) > 0 {
			t.Errorf("%s has %q in it", program, found)
		}
	}
}
