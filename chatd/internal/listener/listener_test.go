package listener

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestCheck(t *testing.T) {
	for address, ok := range map[string]bool{
		"localhost:5001": true, "127.0.0.1:0": true, "[::1]:5001": true, ":5001": true, "unix:///run/x": true,
		"": false, "5001": false, "localhost": false, "tls://localhost:5001": true, "tls://localhost": false, "http://x:1": false,
		"ssh://localhost:5022": true, "ssh://": false, "tls://ssh://x:1": false, "unix://": false,
	} {
		if err := Check(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Only a socket that nobody listens on is replaced.
func TestUnixTakesOnlyWhatIsLeftOver(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	file, used, left := filepath.Join(dir, "file"), filepath.Join(dir, "used"), filepath.Join(dir, "left")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := Unix(ctx, used)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	crashed, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	crashed.SetUnlinkOnClose(false)
	_ = crashed.Close()
	for _, path := range []string{file, used} {
		if l, err := Unix(ctx, path); !errors.Is(err, errInUse) {
			t.Errorf("%s: %v, %v", path, l, err)
		}
	}
	if text, err := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	l, err := Unix(ctx, left)
	if err != nil {
		t.Fatalf("a socket that is left over is not replaced: %v", err)
	}
	_ = l.Close()
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
