package server

import (
	"context"
	"net"
	"runtime"
	"testing"
)

// A connection on which nothing is left unread is closed at once behind QUIT,
// one with more is read on, so that the peer gets its BYE.
func TestASourceSeesWhatIsUnread(t *testing.T) {
	l, err := Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialed, err := new(net.Dialer).DialContext(context.Background(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer dialed.Close()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	s := newSource(c)
	defer s.Close()
	if s.unread() {
		t.Error("input is unread, and there was none")
	}
	if _, err := dialed.Write([]byte("PING\n")); err != nil {
		t.Fatal(err)
	}
	for !s.unread() { // until it is here
		runtime.Gosched()
	}
	if err := s.wait(); err != nil {
		t.Fatal(err)
	}
	if s.unread() {
		t.Error("input is unread, and all was read")
	}
}
