package main

import (
	"os"
	"path/filepath"
	"testing"

	"linechat/chat/client"
	"linechat/chatd/servertest"
)

// TestTailEvents: what ends a tail, what it reports, and what it passes over.
func TestTailEvents(t *testing.T) {
	server := servertest.New(servertest.Config{})
	defer server.Close()
	bot, err := client.Dial(t.Context(), client.Config{Dial: server.Dial, Nick: "watcher"})
	if err != nil {
		t.Fatal(err)
	}
	defer bot.Close()
	for _, c := range []struct {
		event client.Event
		end   string // "": none
		said  string
	}{
		{client.MemberLeft{Room: "go", Nick: "bob", Why: "leave"}, "", ""},
		{client.MemberLeft{Room: "go", Nick: "watcher", Why: "kicked"}, "you were removed from go: kicked", ""},
		{client.RoomLost{Room: "go", Err: client.NoSuchRoom}, client.NoSuchRoom.Error(), ""},
		{client.RoomReset{Room: "go", Seen: 7, Head: 2}, "", "chat: go was reset: its last post is number 2, and 7 was shown before\n"},
		{client.Gap{Room: "go", From: 3, To: 5, Why: "retention"}, "", "chat: posts 3 to 5 of go are missing: the server no longer keeps them\n"},
		{client.Notice{Text: "hello"}, "", ""},
	} {
		stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		s := newSession(bot, &program{options: &options{}, diag: &diagnostics{w: stderr}})
		end := ""
		if err := s.showLive(c.event, &printer{}); err != nil {
			end = err.Error()
		}
		said, err := os.ReadFile(stderr.Name())
		if err != nil || stderr.Close() != nil {
			t.Fatal(err)
		}
		if end != c.end || string(said) != c.said {
			t.Errorf("%+v ends with %q and says %q, want %q and %q", c.event, end, said, c.end, c.said)
		}
	}
}
