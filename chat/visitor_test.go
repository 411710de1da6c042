package main

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
)

// A visitor is somebody who chats without chat, as with nc.
type visitor struct {
	t     testing.TB
	conn  net.Conn
	lines *bufio.Scanner
}

// visit has somebody join a room, which is made if need be.
func (d *daemon) visit(nick, room string) *visitor {
	d.t.Helper()
	conn, err := net.Dial("tcp", d.Address)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { conn.Close() })
	v := &visitor{t: d.t, conn: conn, lines: bufio.NewScanner(conn)}
	v.says("NICK " + nick)
	v.says("CREATE " + room)
	v.says("JOIN " + room)
	return v
}

// says sends a line, and waits for its answer.
func (v *visitor) says(line string) {
	v.t.Helper()
	if _, err := fmt.Fprintln(v.conn, line); err != nil {
		v.t.Fatal(err)
	}
	v.hears("OK ", "ERR ")
}

// hears waits for a line that begins so.
func (v *visitor) hears(beginnings ...string) string {
	v.t.Helper()
	for v.lines.Scan() {
		for _, beginning := range beginnings {
			if strings.HasPrefix(v.lines.Text(), beginning) {
				return v.lines.Text()
			}
		}
	}
	v.t.Fatalf("the server has closed instead of saying %q", beginnings)
	return ""
}
