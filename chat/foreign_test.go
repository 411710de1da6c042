package main

import (
	"io"
	"net"
	"testing"

	"linechat/scripts/harness"
)

// TestForeignServer: a server that is no chatd is said to be none, and not to be out
// of reach.
func TestForeignServer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "220 mail.example.org ESMTP\r\n")
		_, _ = io.Copy(io.Discard, c)
	}()
	d := &daemon{t, &harness.Chatd{Address: l.Addr().String()}}
	r := d.chat("rooms")
	r.ends(exitUnreachable)
	r.says(`^chat: 127\.0\.0\.1:\d+ answers, but it does not speak chatd/1 \(is it chatd\? --server names another\)\n$`)
}
