package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

func plainView() view { return view{render.New(false, time.UTC, time.Unix(0, 0))} }

// TestTexts: what chat says of rooms and their members.
func TestTexts(t *testing.T) {
	v := plainView()
	for want, got := range map[string]string{
		"-- go has no topic":                       v.topic("go", client.TopicText{}),
		"-- topic of go, by bob: all about Go":     v.topic("go", client.TopicText{Nick: "bob", Text: "all about Go"}),
		"-- 0 in go: ":                             v.members("go", nil),
		"-- 3 in go: alice (admin) Bob carl":       v.members("go", []client.Member{{Nick: "carl", Role: "guest"}, {Nick: "alice", Role: "admin"}, {Nick: "Bob"}}),
		"-- new --":                                v.rule("new"),
		"! no":                                     v.errorf("%s", "no"),
		"-- Fri, 2 Jan 1970 --\n00:00 -- it is":    v.eventf(time.Unix(86400, 0), "it is"),
		"-- Thu, 1 Jan 1970 --\n10:00 [a -> b] hi": v.tell(time.Unix(36000, 0), "a", "b", "hi"),
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

// TestPast: what is missing of the posts comes before them.
func TestPast(t *testing.T) {
	posts := client.Posts{Gaps: []client.Gap{{Room: "go", From: 3, To: 5, Why: "retention"}}, Past: []client.Message{{Room: "go", Nick: "bob", Text: "hi", Time: time.Unix(0, 0)}}}
	want := []string{"-- posts 3 to 5 of go are missing: the server no longer keeps them", "00:00 <bob> hi"}
	if got := plainView().past(posts, render.Plain); !slices.Equal(got, want) {
		t.Errorf("it is %q", got)
	}
}

// TestReply: an answer of which nothing more is known is shown as it came.
func TestReply(t *testing.T) {
	got := plainView().reply(replyOf(proto.Line{Type: proto.NOTICE, Text: "one"}, proto.Line{Type: proto.NOTICE, Text: "two"}))
	if want := []string{"-- NOTICE one", "-- NOTICE two", "-- OK STATS"}; !slices.Equal(got, want) {
		t.Errorf("it is %q", got)
	}
}

// TestExcerpt cuts characters, not bytes.
func TestExcerpt(t *testing.T) {
	sixty := "äöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüßäöüß"
	for text, want := range map[string]string{"": "", sixty: sixty, sixty + "x": sixty + "..."} {
		if got := excerpt(text); got != want {
			t.Errorf("%q is cut to %q", text, got)
		}
	}
}

// No text of others can look like what chat says, reach the terminal with
// control characters, or begin a line.
func TestViewIsSafe(t *testing.T) {
	v := view{render.New(false, time.UTC, time.Unix(0, 0))}
	const bad = "\x1b[2Jevil\u202e\r\a"
	for _, line := range []string{
		v.infof("%s", bad), v.errorf("%s", bad), v.eventf(time.Unix(0, 0), "%s", bad), v.tell(time.Unix(0, 0), "bob", "you", bad),
		strings.Join(v.reply(replyOf(proto.Line{Type: proto.NOTICE, Text: bad})), ""),
	} {
		if strings.ContainsAny(line, "\x1b\r\a\u202e") {
			t.Errorf("%q disturbs a terminal", line)
		}
	}
	post := v.Post(client.Message{Nick: "bob", Text: "a\n-- live --\n! b", Time: time.Unix(0, 0)}, "", render.Plain)
	for i, line := range strings.Split(post, "\n") {
		if i > 0 && !strings.HasPrefix(line, "      ") {
			t.Errorf("a further line of a post begins with %q", line)
		}
	}
}

func TestView(t *testing.T) {
	now := time.Date(2026, 11, 24, 23, 59, 0, 0, time.UTC)
	v := view{render.New(true, time.UTC, now)}
	m := client.Message{Action: true, Nick: "bob", Text: "waves", Time: now.Add(time.Minute)}
	want := "\x1b[2m-- Wed, 25 Nov 2026 --\x1b[0m\n00:00 * " + v.Nick("bob") + " waves"
	if got := v.Post(m, "", render.Plain); got != want {
		t.Errorf("a post of a new day is %q, not %q", got, want)
	}
	m.Action = false
	if got, want := v.Post(m, "dev", render.Bold), "00:00 [dev] <"+v.Nick("bob")+"> \x1b[1mwaves\x1b[0m"; got != want {
		t.Errorf("a mention is %q, not %q", got, want)
	}
	if got, want := v.Post(m, "", render.Dim), "\x1b[2m00:00 <bob> waves\x1b[0m"; got != want {
		t.Errorf("a post of the backlog is %q, not %q", got, want)
	}
	if v.Nick("Bob") != strings.Replace(v.Nick("bob"), "bob", "Bob", 1) {
		t.Error("a nick has another colour in capitals")
	}
}
