package listener

import (
	"net"
	"testing"
)

func TestCheck(t *testing.T) {
	for address, ok := range map[string]bool{
		"localhost:5001": true, "127.0.0.1:0": true, "[::1]:5001": true, ":5001": true, "unix:///run/x": true,
		"": false, "5001": false, "localhost": false, "tls://localhost:5001": true, "tls://localhost": false, "http://x:1": false,
		"ssh://localhost:5022": true, "ssh://": false, "tls://ssh://x:1": false, "unix://": false, "unix://?mode=0660": false,
		"unix:///x?mode=0660&group=0": true, "unix:///x?mode=0777": true, "unix:///x?": true, "unix:///x?mode=1777": false, "unix:///x?mode=660x": false,
		"unix:///x?mode=": false, "unix:///x?mode=-1": false, "unix:///x?owner=me": false, "unix:///x?group=no such group": false, "unix:///x?mode=%": false,
	} {
		if err := Check(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// localhost is both loopbacks, on one port.
func TestLocalhostIsBothLoopbacks(t *testing.T) {
	sockets, err := Bind(t.Context(), "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	port := sockets[0].socket.Addr().(*net.TCPAddr).Port
	for _, s := range sockets {
		if addr := s.socket.Addr().(*net.TCPAddr); !addr.IP.IsLoopback() || addr.Port != port {
			t.Errorf("it listens on %v, and on port %d", addr, port)
		}
		_ = s.Close()
	}
	if six, err := net.Listen("tcp", "[::1]:0"); err == nil {
		_ = six.Close()
		if len(sockets) != 2 {
			t.Errorf("it listens on %d addresses", len(sockets))
		}
	}
}
