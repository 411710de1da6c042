package main

import "testing"

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
