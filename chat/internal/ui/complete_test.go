package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// Tab may be pressed before anything is known.
func TestTabAtOnce(t *testing.T) {
	u := newUI(t.Context(), newFakeClient(), Config{Zone: time.UTC})
	if head, found, tail := u.completer.complete("/qu", 3); head != "" || !slices.Equal(found, []string{"/quit "}) || tail != "" {
		t.Errorf("/qu is completed to %q, %q, %q", head, found, tail)
	}
}

func TestComplete(t *testing.T) {
	inRoom := &choices{room: "go", session: client.Session{Nick: "Caro", Rooms: []string{"go"}}, rooms: []string{"go", "golf", "dev"}, nicks: nicks{"bob", "Caro", "bert", "Carol"},
		help: []proto.Line{{Verb: "KICK"}, {Verb: "FORMAT"}}}
	inNone := &choices{rooms: []string{"go"}}
	for _, c := range []struct {
		choices *choices
		line    string
		want    string
	}{
		{inRoom, "/j", "/join "}, {inRoom, "/m", "/me |/msg "}, {inRoom, "/ki", "/kick "}, {inRoom, "/f", ""}, {inRoom, "j", ""}, {inRoom, "b", "bob: |bert: "}, {inRoom, "c", "Carol: "},
		{inRoom, "hi b", "bob |bert "}, {inRoom, "/join go", "go |golf "}, {inRoom, "/leave g", "go "}, {inRoom, "/msg B", "bob |bert "},
		{inRoom, "/me greets c", "Carol "}, {inRoom, "join g", ""}, {inRoom, "/set be", "bell "}, {inRoom, "/set bell o", "off|on"},
		{inRoom, "/set joins o", "on|off"}, {inRoom, "/in d", "dev "}, {inRoom, "/help le", "leave "},
		{inNone, "j", "join "}, {inNone, "/j", "/join "}, {inNone, "join g", "go "}, {inNone, "w", "whois |whoami "}, {inNone, "to", ""}, {inNone, "/join g", "go "}, {inNone, "/par", "/part "}, {inNone, "na", ""}, {inRoom, "/pa", "/part |/paste |/passwd "},
	} {
		w := completer{wantsRooms: make(chan struct{}, 1)}
		w.choices.Store(c.choices)
		head, found, tail := w.complete(c.line+" tail", len(c.line))
		if got := strings.Join(found, "|"); got != c.want || tail != " tail" || !strings.HasPrefix(c.line, head) {
			t.Errorf("%q is completed to %q, between %q and %q", c.line, got, head, tail)
		}
	}
}

// A private line is for whoever has written last, wherever that was, and rather
// for somebody who is here than for somebody who has left.
func TestCompleteNick(t *testing.T) {
	play(t, "", func(s *fixture) {
		offered := func() []string {
			_, found, _ := s.ui.completer.complete("/msg b", 6)
			return found
		}
		s.enter("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: 3}, pastOf("bill"), pastOf("bert"), pastOf("bella"))
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go", Members: 3}, proto.Line{Type: proto.USER, Nick: "alice"}, proto.Line{Type: proto.USER, Nick: "bob"}, proto.Line{Type: proto.USER, Nick: "bill"})
		if got := offered(); !slices.Equal(got, []string{"bill ", "bob ", "bella ", "bert "}) {
			t.Errorf("of those who are here and those who were, %q are offered", got)
		}
		s.tell(post("go", "bob", "hello"), client.Tell{Nick: "bruno", Text: "psst"})
		if got := offered(); !slices.Equal(got, []string{"bruno ", "bob ", "bill ", "bella ", "bert "}) {
			t.Errorf("after a post and a private line %q are offered", got)
		}
		s.tell(left("go", "bob", "quit"))
		if got := offered(); !slices.Equal(got, []string{"bruno ", "bill ", "bella ", "bert "}) {
			t.Errorf("after bob has left %q are offered", got)
		}
	})
}

func pastOf(nick string) proto.Line {
	return proto.Line{Type: proto.MSG, Room: "go", Nick: nick, Text: "before", Past: true}
}
