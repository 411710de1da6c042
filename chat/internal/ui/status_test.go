package ui

import (
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// statusUI has alice be in room go, with two others.
func statusUI() *ui {
	return &ui{
		view: plainView(), session: client.Session{State: client.InRoom, Nick: "alice", Rooms: []string{"go"}},
		route: route{current: "go"}, rooms: map[string]*room{"go": {name: "go", counted: 3}},
	}
}

// TestStatusText: what matters most comes first; the members are not known without a
// connection.
func TestStatusText(t *testing.T) {
	now := time.Now()
	post, other := &request{command: proto.Command{Verb: "POST"}}, &request{command: proto.Command{Verb: "WHOAMI"}}
	for want, change := range map[string]func(u *ui){
		"go, 3 members | connected | alice":            func(*ui) {},
		"go, 1 member | connected | alice":             func(u *ui) { u.rooms["go"].counted = 1 },
		"go | connected | alice":                       func(u *ui) { u.rooms["go"].counted = 0 },
		"in no room | connected | alice":               func(u *ui) { u.route.current = "" },
		"go | connecting | alice":                      func(u *ui) { u.session.State = client.Connecting },
		"go | connecting | 2 posts wait | alice":       func(u *ui) { u.session.State, u.requests = client.Connecting, requests{post, other, post} },
		"go | lost: next attempt in 9 s | alice":       func(u *ui) { u.session.State, u.connection.next = client.Lost, now.Add(9*time.Second) },
		"go, 3 members | connected | unread: a 1 | al": func(u *ui) { u.session.Nick, u.rooms["a"] = "al", &room{name: "a", unread: 1} },
	} {
		u := statusUI()
		if change(u); u.statusText(now) != want {
			t.Errorf("it is %q, not %q", u.statusText(now), want)
		}
	}
}

// TestCountdown: the seconds until the next attempt are rounded up, and the row
// changes when there is one less of them.
func TestCountdown(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		left, changes time.Duration // from now; 0: not
		want          string
	}{
		{2500 * time.Millisecond, 500 * time.Millisecond, "lost: next attempt in 3 s"},
		{2 * time.Second, time.Second, "lost: next attempt in 2 s"},
		{time.Second + 1, 1, "lost: next attempt in 2 s"},
		{time.Second, time.Second, "lost: next attempt in 1 s"},
		{1, 1, "lost: next attempt in 1 s"},
		{0, 0, "connecting"},
		{-time.Second, 0, "connecting"},
	} {
		l := connection{next: now.Add(c.left)}
		if got := l.text(now); got != c.want {
			t.Errorf("%v before: %q, not %q", c.left, got, c.want)
		}
		want := time.Time{}
		if c.changes > 0 {
			want = now.Add(c.changes)
		}
		if got := l.changesAt(now); !got.Equal(want) {
			t.Errorf("%v before: it changes at %v, not at %v", c.left, got, want)
		}
	}
}

// TestPromptText: a long name of a room leaves room to type.
func TestPromptText(t *testing.T) {
	for name, want := range map[string]string{"": "> ", "go": "go> ", "abcdefghijklmnopqrst": "abcdefghijklmnopqrst> ", "abcdefghijklmnopqrstu": "abcdefghijklmnopqr..> "} {
		u := statusUI()
		if u.route.current = name; u.promptText() != want {
			t.Errorf("in %q it is %q", name, u.promptText())
		}
	}
}

func TestUnreadText(t *testing.T) {
	s := &ui{rooms: map[string]*room{}}
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		s.rooms[name] = &room{name: name, unread: 2}
	}
	s.rooms["f"].mentioned = true
	if got, want := s.unreadText(), "f 2!, a 2, b 2, 3 more"; got != want {
		t.Errorf("it is %q, not %q", got, want)
	}
	delete(s.rooms, "a")
	delete(s.rooms, "b")
	if got, want := s.unreadText(), "f 2!, c 2, d 2, e 2"; got != want {
		t.Errorf("of four, it is %q, not %q", got, want)
	}
}
