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
		{Line{Type: ROOM, Room: "go", Members: 3}, "-- go: 3 here\n", "-- [go] go: 3 here\n"},
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

// beginnings is how lines for people begin.
var beginnings = regexp.MustCompile(`^(\d\d:\d\d (\[room\] )?(<nick> |\* nick |\| )|-- |\*nick\* )`)

// No text makes a line that begins otherwise, or a second one.
func TestPeopleCannotBeForged(t *testing.T) {
	keywords := []Keyword{MSG, ME, TELL, NOTICE, ERR, TOPIC, ROOM, BYE, HELP}
	rapid.Check(t, func(t *rapid.T) {
		text := "x" + CleanLines(rapid.String().Draw(t, "text"))
		l := Line{Type: rapid.SampledFrom(keywords).Draw(t, "type"), Room: "room", Nick: "nick", Time: time.Now(), Text: text}
		lines := 1 + strings.Count(text, "\n")
		if l.Type != MSG && l.Type != ME {
			l.Text, lines = Clean(text), 1
		}
		out := string(l.Append(nil, rapid.SampledFrom([]Form{People, PeopleTagged}).Draw(t, "form")))
		got := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(got) != lines {
			t.Fatalf("%d lines: %q", len(got), out)
		}
		for _, line := range got {
			if !beginnings.MatchString(line) {
				t.Fatalf("%q", line)
			}
		}
	})
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
