package server

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Accepted connections have the options that were set on the listener: a dead
// peer is noticed within two minutes, and urgent data stays in its place.
func TestAcceptedConnectionsHaveTheListenersOptions(t *testing.T) {
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
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	get := func(level, name int) (value int) {
		if err := raw.Control(func(fd uintptr) { value, err = unix.GetsockoptInt(int(fd), level, name) }); err != nil {
			t.Fatal(err)
		}
		return value
	}
	if get(unix.SOL_SOCKET, unix.SO_KEEPALIVE) == 0 || get(unix.SOL_SOCKET, unix.SO_OOBINLINE) == 0 {
		t.Error("keepalive or urgent data in line is off")
	}
	idle, every, probes := get(unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), get(unix.IPPROTO_TCP, unix.TCP_KEEPINTVL), get(unix.IPPROTO_TCP, unix.TCP_KEEPCNT)
	if idle+every*probes >= 120 {
		t.Errorf("a dead peer is noticed after %d + %d x %d s", idle, probes, every)
	}
	if ms := get(unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT); ms != userTimeout {
		t.Errorf("TCP_USER_TIMEOUT is %d", ms)
	}
}

func TestCheckAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"localhost:5001": true, "127.0.0.1:0": true, "[::1]:5001": true, ":5001": true, "unix:///run/x": true,
		"": false, "5001": false, "localhost": false, "tls://localhost:5001": false, "unix://": false,
	} {
		if err := CheckAddress(address); (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// Only a socket that nobody listens on is replaced.
func TestListenUnixTakesOnlyWhatIsLeftOver(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	file, used, left := filepath.Join(dir, "file"), filepath.Join(dir, "used"), filepath.Join(dir, "left")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := Listen(ctx, "unix://"+used)
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
		if l, err := Listen(ctx, "unix://"+path); !errors.Is(err, syscall.EADDRINUSE) {
			t.Errorf("%s: %v, %v", path, l, err)
		}
	}
	if text, err := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	l, err := Listen(ctx, "unix://"+left)
	if err != nil {
		t.Fatalf("a socket that is left over is not replaced: %v", err)
	}
	_ = l.Close()
}
