package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// TestRefusedRoom: where the room cannot be created, each line is refused, and the
// reason stands there once.
func TestRefusedRoom(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "--max-rooms", "1")
	d.do("", "post", "first", "hello")
	text := d.chat("post", "second", "hello")
	text.ends(exitRefused)
	text.says(`^chat: .*1 rooms.*\n$`)
	lines := d.chat("post", "second")
	_, _ = lines.stdin.Write([]byte("one\ntwo\n\nthree\n"))
	_ = lines.stdin.Close()
	lines.ends(exitRefused)
	lines.says(`^chat: line 1 was refused: .*1 rooms.*\nchat: 3 of 3 lines refused\n$`)
}

// TestCount: a line that is posted in parts counts once: as posted if all of them
// are, and else as what the first other part is.
func TestCount(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	refused := &proto.Error{Code: client.StoreFailed, Text: "no"}
	s := newSession(nil, &program{options: &options{}, diag: &diagnostics{w: null}})
	b := &batchPoster{session: s, reported: map[string]bool{}}
	for i, parts := range [][]error{
		{nil, nil, nil},
		{nil, refused, nil},
		{refused, refused},
		{nil, client.ErrLost},
		{client.ErrLost, nil},
		{refused, client.ErrLost},
		{nil},
	} {
		for j, err := range parts {
			b.count(chunk{line: i + 1, ends: j == len(parts)-1}, err)
		}
	}
	if posted := b.posted.Load(); posted != 2 || b.refused != 3 || b.unknown != 2 || !errors.Is(b.err, client.ErrLost) {
		t.Errorf("%d lines count as posted, %d as refused, %d as unknown: %v", posted, b.refused, b.unknown, b.err)
	}
}

// TestReadAll: one post holds 1000 lines and 65536 bytes, each line with one for its
// end.
func TestReadAll(t *testing.T) {
	for _, c := range []struct {
		input string
		lines int // 0: it is refused
	}{
		{strings.Repeat(strings.Repeat("x", 127)+"\n", 512), 512},
		{strings.Repeat(strings.Repeat("x", 127)+"\n", 512) + "\n", 0},
		{strings.Repeat("\n", 1000), 1000},
		{strings.Repeat("\n", 1001), 0},
	} {
		lines, err := readAll(newChunkReader(strings.NewReader(c.input), func(string) {}))
		if len(lines) != c.lines || (err == nil) != (c.lines > 0) {
			t.Errorf("of %d bytes are read %d lines, %v; want %d", len(c.input), len(lines), err, c.lines)
		}
	}
}
