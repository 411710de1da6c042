package client

import (
	"bytes"
	"maps"
	"slices"
	"testing"

	"linechat/chatd/proto"
)

// FuzzCommand: whatever is sent is one line, and the server reads it as the
// command that was meant.
func FuzzCommand(f *testing.F) {
	f.Add("go", "key", "POST", "", "text")
	f.Add("", "", "JOIN", "go", "")
	f.Add("a b", "k\n", "IN", "x\x00", "one\ntwo\xff")
	f.Add("go", "key", "paste", "", "one\n.\n..two")
	f.Add("", "", "tell", "bob", " \t ")
	f.Fuzz(func(t *testing.T, room, once, verb, word, text string) {
		command := proto.Command{Room: room, Once: once, Verb: verb, Text: text}
		if word != "" {
			command.Words = []string{word}
		}
		k, err := newRequest(command)
		if err != nil {
			return
		}
		if k.command.Verb == "PASTE" && text != "" {
			first, lines, _ := bytes.Cut(k.line, []byte("\n"))
			if !bytes.HasSuffix(lines, []byte("\n.\n")) || bytes.Contains(lines[:len(lines)-2], []byte("\n.\n")) || bytes.HasPrefix(lines, []byte(".\n")) {
				t.Fatalf("the lines of %q are sent as %q", text, lines)
			}
			k.line = append(first, '\n')
			k.command.Text, text = "", ""
		}
		if bytes.Count(k.line, []byte("\n")) != 1 || !bytes.HasSuffix(k.line, []byte("\n")) || bytes.ContainsAny(k.line, "\r\x00\xff") {
			t.Fatalf("%+v is sent as %q", command, k.line)
		}
		got, row, err := proto.ParseCommand(string(k.line[:len(k.line)-1]), proto.Commands)
		if got.Verb != k.command.Verb {
			t.Fatalf("%+v is read as %+v", k.command, got)
		}
		if err != nil || row.Text == proto.NoText && text != "" || row.Text != proto.NoText && row.Max != len(k.command.Words) {
			return // its row has another shape: the server refuses it, or reads words as text
		}
		if got.Room != room || got.Once != once || !slices.Equal(got.Words, k.command.Words) || got.Text != proto.Clean(text) {
			t.Fatalf("%+v is read as %+v", k.command, got)
		}
	})
}

// FuzzLine: no line of a server's brings the client down.
func FuzzLine(f *testing.F) {
	for _, line := range []string{
		msg("go", 1, "bob", "x"), past("go", 1, "bob", "x"), ok("JOIN", "room", "go", "seq", 1), ok("JOIN", "room", "new", "seq", 1), ok("LEAVE", "room", "go", "current", "x"),
		`{"type":"err","verb":"POST","code":"store","wait_ms":18446744073709551615}`, `{"type":"topic","room":"go","text":"x"}`,
		`{"type":"gap","room":"go","from":1,"to":9,"why":"retention"}`, `{"type":"left","room":"go","nick":"alice","why":"kick"}`,
		`{"type":"bye","code":"shutdown"}`, ok("NICK", "nick", "x"), ok("SET", "name", "echo", "value", "off"), "NOTICE x",
	} {
		f.Add(line, 0)
		f.Add(line, 1)
		f.Add(line, 8)
	}
	verbs := []string{"JOIN", "POST", "LEAVE", "NICK", "SET", "TOPIC", "HISTORY"}
	f.Fuzz(func(t *testing.T, line string, under int) {
		l, err := proto.ParseLine(line)
		if err != nil {
			return
		}
		clean(&l)
		c := &Client{established: true, wake: make(chan struct{}, 1), settings: map[string]string{}}
		c.session = Session{State: InRoom, Nick: "alice", Room: "go", Rooms: []string{"ops", "go"}}
		c.config.limits, c.config.pause = defaultLimits, backoff
		c.events.limits, c.events.changed.L = defaultLimits, &c.mu
		c.rooms = map[string]*room{"ops": {joined: true}, "go": {joined: true}}
		cn := &conn{client: c, guest: "guest-1", open: true}
		k := &Request{command: proto.Command{Verb: verbs[uint(under)%uint(len(verbs))]}, done: make(chan struct{})}
		k.post = k.command.Verb == "POST"
		if under > len(verbs) {
			k.internal, k.command = true, proto.Command{Verb: "JOIN", Words: []string{"ops"}}
			c.rooms["ops"].joined = false
		}
		c.events.await(1)
		cn.inflight = []*Request{k}
		for range 2 {
			if err := cn.receive(&l); err != nil {
				break
			}
		}
		if got := c.session; (got.Room == "") != (got.State == Init) {
			t.Fatalf("it is %+v", got)
		}
		if names := slices.Sorted(maps.Keys(c.rooms)); !slices.Equal(names, slices.Sorted(slices.Values(c.session.Rooms))) {
			t.Fatalf("the rooms are %q, in the session %q", names, c.session.Rooms)
		}
	})
}
