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

func TestReading(t *testing.T) {
	for _, c := range []struct {
		line      string
		inRoom    bool
		text      string
		isCommand bool
	}{
		{"hello", true, "hello", false},
		{"  hello", true, "  hello", false},
		{"/join go", true, "join go", true},
		{"join go", false, "join go", true},
		{"/join go", false, "join go", true},
		{"//join", true, "/join", false},
		{" /nick bob s3cret", true, "nick bob s3cret", true},
		{"a /slash", true, "a /slash", false},
		{"/", true, "", true},
	} {
		if text, isCommand := parseInput(c.line, c.inRoom); text != c.text || isCommand != c.isCommand {
			t.Errorf("reading(%q, %v) = %q, %v", c.line, c.inRoom, text, isCommand)
		}
	}
}

// Tab may be pressed before anything is known.
func TestTabAtOnce(t *testing.T) {
	u := newUI(t.Context(), newFakeClient(), Config{Zone: time.UTC})
	if head, found, tail := u.completer.complete("/qu", 3); head != "" || !slices.Equal(found, []string{"/quit "}) || tail != "" {
		t.Errorf("/qu is completed to %q, %q, %q", head, found, tail)
	}
}

func TestSuggest(t *testing.T) {
	for word, want := range map[string]string{
		"hist": "history", "sea": "search", "jion": "join", "lsit": "list", "h": "", "xyzzy": "",
	} {
		if got := new(ui).suggest(word); got != want {
			t.Errorf("suggest(%q) = %q, not %q", word, got, want)
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

func TestComplete(t *testing.T) {
	inRoom := &choices{room: "go", session: client.Session{Nick: "Caro", Rooms: []string{"go"}}, rooms: []string{"go", "golf", "dev"}, nicks: nicks{"bob", "Caro", "bert", "Carol"},
		help: []proto.Line{{Verb: "KICK"}, {Verb: "FORMAT"}}}
	inNone := &choices{rooms: []string{"go"}}
	for _, c := range []struct {
		choices *choices
		line    string
		want    string
	}{
		{inRoom, "/j", "/join "}, {inRoom, "/m", "/me |/msg "}, {inRoom, "/k", "/kick "}, {inRoom, "/f", ""}, {inRoom, "j", ""}, {inRoom, "b", "bob: |bert: "}, {inRoom, "c", "Carol: "},
		{inRoom, "hi b", "bob |bert "}, {inRoom, "/join go", "go |golf "}, {inRoom, "/leave g", "go "}, {inRoom, "/msg B", "bob |bert "},
		{inRoom, "/me greets c", "Carol "}, {inRoom, "join g", ""}, {inRoom, "/set be", "bell "}, {inRoom, "/set bell o", "off|on"},
		{inRoom, "/set joins o", "on|off"}, {inRoom, "/in d", "dev "}, {inRoom, "/help le", "leave "},
		{inNone, "j", "join "}, {inNone, "/j", "/join "}, {inNone, "join g", "go "}, {inNone, "w", "whoami "}, {inNone, "to", ""}, {inNone, "/join g", "go "},
	} {
		w := completer{stale: make(chan struct{}, 1)}
		w.choices.Store(c.choices)
		head, found, tail := w.complete(c.line+" tail", len(c.line))
		if got := strings.Join(found, "|"); got != c.want || tail != " tail" || !strings.HasPrefix(c.line, head) {
			t.Errorf("%q is completed to %q, between %q and %q", c.line, got, head, tail)
		}
	}
}

func TestNicks(t *testing.T) {
	var n nicks
	for _, nick := range []string{"a", "b", "a", "c"} {
		n = n.spoke(nick)
	}
	before := n
	n = n.appended("d").renamed("b", "bee").without("a").appended("c").renamed("x", "y")
	if got := strings.Join(n, " "); got != "c bee d y" {
		t.Errorf("the nicks are %s", got)
	}
	if got := strings.Join(before, " "); got != "c a b" {
		t.Errorf("nicks that were given away have become %s", got)
	}
	for range maxNicks {
		n = n.spoke(n[len(n)-1] + "x")
	}
	if len(n) > maxNicks {
		t.Errorf("%d nicks are kept", len(n))
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

func TestRemembers(t *testing.T) {
	for line, want := range map[string]bool{
		"hello": true, "/nick bob": true, "nick bob": true, "/join go": true, "nick bob s3cret is what he said": false,
		"/nick bob s3cret": false, "/NICK bob s3cret": false, "/ nick bob s3cret": false, "/in go nick bob s3cret": false, "/login bob pw": false, "login bob pw": false,
		" hidden": false, "\thidden": false, "": false, "   ": false, "/": true,
	} {
		if got := remembers(line); got != want {
			t.Errorf("remembers(%q) = %v", line, got)
		}
	}
}

func TestWhoLine(t *testing.T) {
	for rest, want := range map[string]string{"": "WHO", " dev": "IN dev WHO", " a b": "WHO a b"} {
		if got := whoLine(rest); got != want {
			t.Errorf("/who%s is sent as %q", rest, got)
		}
	}
}

// Each row of the table can be found by all its names, and a command of the
// server's that the client knows has its help from the server.
func TestCommands(t *testing.T) {
	var names []string
	for _, c := range commands() {
		for _, name := range append([]string{c.name}, c.aliases...) {
			if found := commandNamed(strings.ToUpper(name)); found == nil || found.name != c.name {
				t.Errorf("/%s does not lead to %s", name, c.name)
			}
			if slices.Contains(names, name) {
				t.Errorf("there are two commands %s", name)
			}
			names = append(names, name)
		}
		if onServer := proto.LookupVerb(strings.ToUpper(c.name)) != nil; !onServer && (c.run == nil || c.about == "") {
			t.Errorf("/%s is not of the server's, and has no help or does nothing", c.name)
		}
	}
	for _, verb := range proto.Verbs {
		if !slices.Contains(names, strings.ToLower(verb.Name)) && !slices.Contains(hidden, verb.Name) {
			t.Errorf("%s of the server's has no row", verb.Name)
		}
	}
}
