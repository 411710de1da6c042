//go:build unix && !nodescriptors

package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"linechat/chatd/internal/listener"
)

// Telnet's Synch, IAC DM with the latter urgent (RFC 854), keeps nothing from being read.
func TestUrgentInputIsReadToItsEnd(t *testing.T) {
	p := dial(t, serve(t, newTestServer(t)))
	go func() {
		c := p.Conn.(*net.TCPConn)
		for range 20 {
			_, _ = io.WriteString(c, "PING before\n\xff")
			urgent(t, c, 0xf2)
			_, _ = io.WriteString(c, "PING behind\n")
		}
		_ = c.CloseWrite() // may come with the last of the input
	}()
	for range 40 {
		p.want("")
	}
	p.want("BYE end-of-input")
}

// A read at an urgent byte may say that there is no input when a signal has come, as
// those do with which Go's scheduler takes its turn.
// Only reads of the descriptor itself, as netpoll does them, go on then.
func TestUrgentInputIsReadWhateverSignalsCome(t *testing.T) {
	address := serve(t, newTestServer(t))
	p := dial(t, address)
	ctx, stop := context.WithCancel(t.Context())
	var signals sync.WaitGroup
	signals.Go(func() {
		for ctx.Err() == nil {
			_ = unix.Kill(unix.Getpid(), unix.SIGURG)
		}
	})
	defer signals.Wait()
	defer stop()
	_ = p.SetDeadline(time.Now().Add(30 * time.Second)) // where it fails it would hang
	for range 2000 {
		_, _ = io.WriteString(p, "PING before\n\xff")
		urgent(t, p.Conn.(*net.TCPConn), 0xf2)
		_, _ = io.WriteString(p, "PING behind\n")
		p.want("OK PING before")
		p.want("OK PING behind")
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
func TestUnixSocketIsReadToItsEnd(t *testing.T) {
	path := t.TempDir() + "/socket"
	serveOn(t, newTestServer(t), "unix://"+path, listener.Options{})
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
