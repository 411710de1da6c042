package main

import (
	"strings"
	"testing"

	"linechat/scripts/harness"
)

// A visitor is somebody who chats without chat, as with nc.
type visitor struct {
	t testing.TB
	*harness.Client
}

// visit has somebody join a room, which is made if need be.
func (d *daemon) visit(nick, room string) *visitor {
	d.t.Helper()
	c, err := harness.Dial(d.t.Context(), "tcp", d.Address)
	if err != nil {
		d.t.Fatal(err)
	}
	c.Timeout = testTimeout
	v := &visitor{d.t, c}
	v.says("NICK " + nick)
	v.says("CREATE " + room)
	v.says("JOIN " + room)
	return v
}

// says sends a line, and waits for its answer.
func (v *visitor) says(line string) {
	v.t.Helper()
	if err := v.Send(line + "\n"); err != nil {
		v.t.Fatal(err)
	}
	v.hears("OK ", "ERR ")
}

// hears waits for a line that begins so.
func (v *visitor) hears(beginnings ...string) string {
	v.t.Helper()
	for {
		line, err := v.ReadLine()
		if err != nil {
			v.t.Fatalf("%v instead of %q", err, beginnings)
		}
		for _, beginning := range beginnings {
			if strings.HasPrefix(line, beginning) {
				return line
			}
		}
	}
}
