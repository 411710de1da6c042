package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"linechat/chat/client"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func plainRenderer() *Renderer { return New(false, time.UTC, noon) }

// A further line of a post begins below the text of the first, whatever stands
// before it and however wide that is.
func TestPost(t *testing.T) {
	for _, c := range []struct {
		name string
		post client.Message
		room string
		want string
	}{
		{"one line", client.Message{Nick: "bob", Text: "hello"}, "", "12:00 <bob> hello"},
		{"an action", client.Message{Nick: "bob", Text: "waves", Action: true}, "", "12:00 * bob waves"},
		{"of another room", client.Message{Nick: "bob", Text: "hello"}, "go", "12:00 [go] <bob> hello"},
		{"an action of another room", client.Message{Nick: "bob", Text: "waves", Action: true}, "go", "12:00 [go] * bob waves"},
		{"several lines", client.Message{Nick: "bob", Text: "a\n\n b"}, "", "12:00 <bob> a\n            \n             b"},
		{"several lines of another room", client.Message{Nick: "bob", Text: "a\nb"}, "go", "12:00 [go] <bob> a\n                 b"},
		{"wide names", client.Message{Nick: "山田", Text: "a\nb"}, "日本", "12:00 [日本] <山田> a\n                    b"},
		{"combining marks", client.Message{Nick: "u\u0308", Text: "a\nb"}, "", "12:00 <u\u0308> a\n          b"},
	} {
		c.post.Time = noon
		if got := plainRenderer().Post(c.post, c.room, Plain); got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
	}
}

// In colours, a style says what stands out: of a dim post not even the nick does.
func TestStyles(t *testing.T) {
	r := New(true, time.UTC, noon)
	nick := r.Nick("bob")
	for _, c := range []struct {
		style Style
		want  string
	}{
		{Plain, "12:00 [go] <" + nick + "> a\n                 b"},
		{Dim, "\x1b[2m12:00 [go] <bob> a\x1b[0m\n\x1b[2m                 b\x1b[0m"},
		{Bold, "12:00 [go] <" + nick + "> \x1b[1ma\x1b[0m\n                 \x1b[1mb\x1b[0m"},
	} {
		if got := r.Post(client.Message{Nick: "bob", Text: "a\nb", Time: noon}, "go", c.style); got != c.want {
			t.Errorf("style %d: %q, not %q", c.style, got, c.want)
		}
	}
	for want, got := range map[string]string{"\x1b[2mx\x1b[0m": r.Dim("x"), "\x1b[1mx\x1b[0m": r.Bold("x"), "\x1b[31mx\x1b[0m": r.Red("x"), "": r.Bold("")} {
		if got != want {
			t.Errorf("%q is not %q", got, want)
		}
	}
	r = plainRenderer()
	if got := r.Dim("a") + r.Bold("b") + r.Red("c") + r.Nick("d"); got != "abcd" {
		t.Errorf("without colours there is %q", got)
	}
}

// Each nick has one colour, in capitals, too, and the nicks of a room are spread
// over all colours.
func TestNickColors(t *testing.T) {
	r := New(true, time.UTC, noon)
	used := map[string]bool{}
	for i := range 200 {
		nick := fmt.Sprint("Nick", i)
		colored := r.Nick(nick)
		color, rest, _ := strings.Cut(colored, "m"+nick)
		if rest != "\x1b[0m" || !strings.HasPrefix(color, "\x1b[38;5;") {
			t.Fatalf("%s is %q", nick, colored)
		}
		if lower := r.Nick(strings.ToLower(nick)); !strings.HasPrefix(lower, color+"m") {
			t.Errorf("%s has another colour in small letters: %q", nick, lower)
		}
		used[color] = true
	}
	if len(used) != len(nickColors) {
		t.Errorf("%d of %d colours are used", len(used), len(nickColors))
	}
}

// A day is named when it is another one than that of the line above, in the zone
// of the reader, and when time goes back, as it does before a backlog.
func TestClock(t *testing.T) {
	r := New(false, time.FixedZone("CET", 3600), noon)
	for _, c := range []struct {
		at         time.Time
		day, clock string
	}{
		{noon, "", "13:00"},
		{noon.Add(11*time.Hour - time.Minute), "", "23:59"},
		{noon.Add(11 * time.Hour), "-- Wed, 25 Nov 2026 --\n", "00:00"},
		{noon.Add(12 * time.Hour), "", "01:00"},
		{noon.Add(-24 * time.Hour), "-- Mon, 23 Nov 2026 --\n", "13:00"},
		{noon.Add(365 * 24 * time.Hour), "-- Wed, 24 Nov 2027 --\n", "13:00"},
	} {
		if day, clock := r.Clock(c.at); day != c.day || clock != c.clock {
			t.Errorf("at %v: %q, %q, not %q, %q", c.at, day, clock, c.day, c.clock)
		}
	}
	if day, _ := New(true, time.UTC, noon).Clock(noon.Add(24 * time.Hour)); day != "\x1b[2m-- Wed, 25 Nov 2026 --\x1b[0m\n" {
		t.Errorf("in colours a day is %q", day)
	}
	// The day of the program's start is that of its zone: in this one it is the 25th.
	if day, _ := New(false, time.FixedZone("NZDT", 13*3600), noon).Clock(noon.Add(time.Hour)); day != "" {
		t.Errorf("the day of the start is named: %q", day)
	}
}

func TestRooms(t *testing.T) {
	got := Rooms([]client.RoomInfo{{Name: "go", Members: 12, Topic: "all about Go"}, {Name: "日本語"}, {Name: "dev", Members: 123456, Topic: "x "}})
	want := []string{"go        12  all about Go", "日本語     0", "dev    123456  x"}
	if !slices.Equal(got, want) {
		t.Errorf("the rooms are\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if got := Rooms(nil); len(got) != 0 {
		t.Errorf("no rooms are %q", got)
	}
}

func TestGap(t *testing.T) {
	for why, want := range map[string]string{
		"retention": "posts 3 to 5 of go are missing: the server no longer keeps them",
		"time":      "posts 3 to 5 of go were not searched: it took too long",
		"moonlight": "posts 3 to 5 of go are missing: moonlight",
	} {
		if got := Gap(client.Gap{Room: "go", From: 3, To: 5, Why: why}); got != want {
			t.Errorf("%s: %q", why, got)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 posts", 1: "1 post", 12: "12 posts"} {
		if got := Plural(n, "post", "posts"); got != want {
			t.Errorf("Plural(%d) = %q, want %q", n, got, want)
		}
	}
}
