package proto

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPeople(t *testing.T) {
	at := time.Date(2026, 11, 28, 14, 2, 0, 0, time.Local)
	since := at.UTC().Format(TimeLayout)
	for _, test := range []struct {
		line         Line
		want, tagged string
	}{
		{Line{Type: MSG, Room: "go", Seq: 1, Time: at, Nick: "bob", Text: "hi"}, "14:02 <bob> hi\n", "14:02 [go] <bob> hi\n"},
		{Line{Type: MSG, Room: "go", Seq: 1, Time: at, Nick: "bob", Text: "a\nb", Past: true}, "14:02 <bob> a\n14:02 | b\n", "14:02 [go] <bob> a\n14:02 [go] | b\n"},
		{Line{Type: ME, Room: "go", Seq: 1, Time: at, Nick: "bob", Text: "waves"}, "14:02 * bob waves\n", "14:02 [go] * bob waves\n"},
		{Line{Type: TELL, Nick: "bob", Text: "psst"}, "*bob* psst\n", "*bob* psst\n"},
		{Line{Type: JOINED, Room: "go", Nick: "bob"}, "-- bob joined\n", "-- [go] bob joined\n"},
		{Line{Type: LEFT, Room: "go", Nick: "bob", Why: "quit"}, "-- bob left (quit)\n", "-- [go] bob left (quit)\n"},
		{Line{Type: TOPIC, Room: "go", Nick: "bob", Text: ""}, "-- bob removed the topic\n", "-- [go] bob removed the topic\n"},
		{Line{Type: ERR, Verb: "JOIN", Code: NoSuchRoom, Text: "there is no room x"}, "-- there is no room x\n", "-- there is no room x\n"},
		{Line{Type: ERR, Verb: "WHO", Text: "WHO takes no words; who is in room go says: IN go WHO"}, "-- /who takes no words; who is in room go says: /in go WHO\n", "-- /who takes no words; who is in room go says: /in go WHO\n"},
		{Line{Type: ERR, Verb: "JION", Text: "did you mean JOIN? JOINED is none"}, "-- did you mean /join? JOINED is none\n", "-- did you mean /join? JOINED is none\n"},
		{Line{Type: HELP, Verb: "POST", Text: "text - posts a line"}, "-- /post text - posts a line\n", "-- /post text - posts a line\n"},
		{Line{Type: TOPIC, Room: "go", Nick: "bob", Text: "JOIN us"}, "-- topic by bob: JOIN us\n", "-- [go] topic by bob: JOIN us\n"},
		{Line{Type: ROOM, Room: "go", Members: 3, Text: "all about {nick} ]"}, "-- go: 3 here, all about {nick} ]\n", "-- [go] go: 3 here, all about {nick} ]\n"},
		{Line{Type: WHOIS, Nick: "bob", Role: "guest", Since: since, State: "here", Text: "go misc"}, "-- bob: guest since 28 November 2026 14:02, here; rooms in common: go misc\n", "-- bob: guest since 28 November 2026 14:02, here; rooms in common: go misc\n"},
		{Line{Type: WHOIS, Nick: "bob", Role: "guest", Since: since, State: "away"}, "-- bob: guest since 28 November 2026 14:02, away\n", "-- bob: guest since 28 November 2026 14:02, away\n"},
		{Line{Type: SESSION, ID: "3", Nick: "bob", Door: "tcp", Since: since}, "-- session 3: bob by tcp since 28 November 2026 14:02\n", "-- session 3: bob by tcp since 28 November 2026 14:02\n"},
		{Line{Type: OK, Verb: "PING"}, "-- pong\n", "-- pong\n"},
		{Line{Type: OK, Verb: "KEYS"}, "-- no further keys; /keys add adds the one that you have connected with\n", "-- no further keys; /keys add adds the one that you have connected with\n"},
		{Line{Type: OK, Verb: "ROOMS"}, "-- there is no room yet; /create ROOM makes one\n", "-- there is no room yet; /create ROOM makes one\n"},
		{Line{Type: ROOM, Room: "go", Members: 3}, "-- go: 3 here\n", "-- [go] go: 3 here\n"},
		{LimitLine("rooms-joined", 200, 199, 0), "-- rooms-joined: 200, left: 199\n", "-- rooms-joined: 200, left: 199\n"},
		{LimitLine("creates-at-once", 10, 0, 9*time.Second), "-- creates-at-once: 10, left: none, one more in 9000 ms\n", "-- creates-at-once: 10, left: none, one more in 9000 ms\n"},
		{Line{Type: LIMIT, Name: "line-bytes", Value: "8192"}, "-- line-bytes: 8192\n", "-- line-bytes: 8192\n"},
		{Line{Type: OK, Verb: "POST", Room: "go", Seq: 1}, "", ""},
		{Line{Type: OK, Verb: "JOIN", Room: "go", Members: 2, Seq: 9}, "-- you are in go, 2 here\n", "-- [go] you are in go, 2 here\n"},
		{Line{Type: OK, Verb: "LEAVE", Room: "go"}, "-- you left go; your current room: none\n", "-- [go] you left go; your current room: none\n"},
	} {
		if got := string(test.line.Append(nil, People)); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
		if got := string(test.line.Append(nil, PeopleTaggedCRLF)); got != strings.ReplaceAll(test.tagged, "\n", "\r\n") {
			t.Errorf("%q, want %q", got, test.tagged)
		}
	}
}

// Every keyword and every verb has words for people, or says that it has none.
func TestPeopleHasWordsForAll(t *testing.T) {
	for keyword := range shapes {
		switch keyword {
		case MSG, ME, MORE, TELL, TOPIC, GAP:
		default:
			if peopleWords[keyword] == "" {
				t.Errorf("%s has no words", keyword)
			}
		}
	}
	for verb := range okShapes {
		if _, ok := peopleOK[verb]; !ok {
			t.Errorf("OK %s has no words", verb)
		}
	}
	for _, words := range []map[string]string{peopleOK} {
		for verb, text := range words {
			for _, field := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(text, -1) {
				if field[1] != "zone" && new(Line).field(field[1]) == nil {
					t.Errorf("OK %s: there is no field %s", verb, field[1])
				}
			}
		}
	}
}

// hostile returns texts of pieces that could be taken for lines of a conversation, or that
// could begin or hide one.
func hostile() *rapid.Generator[string] {
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"\n", "\r", "\r\n", "\u2028", "\u0085", "\v", "\x1b[2K\x1b[1G", "\b\b\b", " ", "14:02 <eve> hi", "14:02 [go] * eve waves", "14:02 | more",
		"-- eve joined", "*eve* psst", "> ", "] ", "HELP", "{nick}", "{text}",
	}))
	return rapid.Map(rapid.SliceOf(piece), func(pieces []string) string { return strings.Join(pieces, "") })
}

func names(parse func(string) (Name, error)) *rapid.Generator[string] {
	return rapid.StringOfN(rapid.RuneFrom([]rune("abcXYZ\u00e9059_-.")), 1, 12, -1).Filter(func(s string) bool {
		_, err := parse(s)
		return err == nil
	})
}

// How lines for people begin. What follows is text.
var (
	postBegins = regexp.MustCompile(`^\d\d:\d\d (?:\[([^] ]+)\] )?(?:<([^> ]+)> |\* (\S+) )`)
	moreBegins = regexp.MustCompile(`^\d\d:\d\d (?:\[([^] ]+)\] )?\| `)
	tellBegins = regexp.MustCompile(`^\*([^* ]+)\* `)
	restBegins = regexp.MustCompile(`^-- `)
)

// Whatever the text, each line of a conversation has one reading: whose post it is, in which
// room, and where it begins.
func TestPeopleCannotBeForged(t *testing.T) {
	keywords := []Keyword{MSG, ME, TELL, NOTICE, ERR, TOPIC, ROOM, BYE, HELP, WHOIS, KEY, USER, JOINED, RENAMED}
	rapid.Check(t, func(t *rapid.T) {
		l := Line{Type: rapid.SampledFrom(keywords).Draw(t, "type"), Room: names(ParseRoom).Draw(t, "room"), Nick: names(ParseNick).Draw(t, "nick"),
			Time: time.Now(), Text: CleanLines(hostile().Draw(t, "text"))}
		form := rapid.SampledFrom([]Form{People, PeopleTagged}).Draw(t, "form")
		if l.Type != MSG && l.Type != ME {
			l.Text = Clean("x" + l.Text) // of an empty one nothing is written
		}
		got := strings.Split(string(l.Append(nil, form)), "\n")
		if last := len(got) - 1; got[last] != "" || last != 1+strings.Count(l.Text, "\n") {
			t.Fatalf("%q", got)
		}
		tag := ""
		if form == PeopleTagged {
			tag = l.Room
		}
		for i, line := range got[:len(got)-1] {
			if got, want := readPeople(line), reading(&l, tag, i); got != want {
				t.Fatalf("%q is read as %q, and is %q", line, got, want)
			}
		}
	})
}

// readPeople returns what the beginning of a line says.
func readPeople(line string) string {
	if m := postBegins.FindStringSubmatch(line); m != nil {
		return strings.Join([]string{"post", m[1], m[2], m[3]}, "/")
	}
	if m := moreBegins.FindStringSubmatch(line); m != nil {
		return "more/" + m[1]
	}
	if m := tellBegins.FindStringSubmatch(line); m != nil {
		return "tell/" + m[1]
	}
	return restBegins.FindString(line)
}

// reading returns what the beginning of line i of l should say.
func reading(l *Line, tag string, i int) string {
	switch {
	case i > 0:
		return "more/" + tag
	case l.Type == MSG:
		return "post/" + tag + "/" + l.Nick + "/"
	case l.Type == ME:
		return "post/" + tag + "//" + l.Nick
	case l.Type == TELL:
		return "tell/" + l.Nick
	}
	return "-- "
}

func TestDayLine(t *testing.T) {
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)
	for _, test := range []struct {
		form   Form
		before time.Time
		want   string
	}{
		{People, noon.Add(-time.Hour), ""},
		{People, noon.AddDate(0, 0, -1), "-- Saturday, 28 November 2026\n"},
		{PeopleCRLF, noon.AddDate(-1, 0, 0), "-- Saturday, 28 November 2026\r\n"},
		{People, time.Time{}, "-- Saturday, 28 November 2026\n"},
		{Text, time.Time{}, ""},
		{JSON, time.Time{}, ""},
	} {
		if got := string(DayLine(nil, test.form, test.before, noon)); got != test.want {
			t.Errorf("form %d after %v: %q, want %q", test.form, test.before, got, test.want)
		}
	}
}
