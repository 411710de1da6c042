package proto

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseCommand(t *testing.T) {
	tests := []struct {
		line string
		want Command
		code Code // of the error; "": none
	}{
		{"", Command{}, ""},
		{" \t ", Command{}, ""},
		{"POST hello", Command{Verb: "POST", Text: "hello"}, ""},
		{"post  two blanks", Command{Verb: "POST", Text: " two blanks"}, ""},
		{"POST\ttab", Command{Verb: "POST", Text: "tab"}, ""},
		{"POST trailing ", Command{Verb: "POST", Text: "trailing "}, ""},
		{"  /POST slash", Command{Verb: "POST", Text: "slash"}, ""},
		{"POST \x1b[31mred", Command{Verb: "POST", Text: "red"}, ""},
		{"POST", Command{Verb: "POST"}, BadArguments},
		{"POST ", Command{Verb: "POST"}, BadArguments},
		{"POST \x07", Command{Verb: "POST"}, BadArguments},
		{"IN go POST hi", Command{Room: "go", Verb: "POST", Text: "hi"}, ""},
		{"in  go  once k1  post hi", Command{Room: "go", Once: "k1", Verb: "POST", Text: "hi"}, ""},
		{"ONCE k IN go POST hi", Command{Once: "k", Room: "go", Verb: "POST"}, BadArguments},
		{"IN a IN b PASTE", Command{Room: "b", Verb: "PASTE"}, BadArguments},
		{"PING \x01", Command{Verb: "PING"}, BadArguments},
		{"TOPIC \x01", Command{Verb: "TOPIC"}, BadArguments},
		{"TOPIC ", Command{Verb: "TOPIC"}, ""},
		{"IN", Command{}, BadArguments},
		{"IN go", Command{Room: "go"}, BadArguments},
		{"ONCE k", Command{Once: "k"}, BadArguments},
		{"ONCE " + strings.Repeat("k", 65) + " POST hi", Command{Once: strings.Repeat("k", 65), Verb: "POST"}, TooLong},
		{"ONCE schlüssel POST hi", Command{Once: "schlüssel", Verb: "POST"}, BadArguments},
		{"IN go PING", Command{Room: "go", Verb: "PING"}, BadArguments},
		{"ONCE k JOIN go", Command{Once: "k", Verb: "JOIN"}, BadArguments},
		{"JOIN go after 5", Command{Verb: "JOIN", Words: []string{"go", "after", "5"}}, ""},
		{"JOIN", Command{Verb: "JOIN"}, BadArguments},
		{"JOIN go after 5 6", Command{Verb: "JOIN", Words: []string{"go", "after", "5", "6"}}, BadArguments},
		{"CREATE go  all about", Command{Verb: "CREATE", Words: []string{"go"}, Text: " all about"}, ""},
		{"TELL bob", Command{Verb: "TELL", Words: []string{"bob"}}, BadArguments},
		{"TELL  bob\thi there", Command{Verb: "TELL", Words: []string{"bob"}, Text: "hi there"}, ""},
		{"QUIT :bye", Command{Verb: "QUIT", Text: ":bye"}, ""},
		{"WHOAMI now", Command{Verb: "WHOAMI", Words: []string{"now"}}, BadArguments},
		{"? join", Command{Verb: "HELP", Words: []string{"join"}}, ""},
		{"alice: hi", Command{Verb: "ALICE:"}, UnknownCommand},
		{"LOGIN alice  two blanks\u200b", Command{Verb: "LOGIN", Words: []string{"alice"}, Text: " two blanks\u200b"}, ""},
		{"REGISTER", Command{Verb: "REGISTER"}, ""},
		{"IN go LOGIN alice secret", Command{Room: "go", Verb: "LOGIN"}, BadArguments},
		{"FROB", Command{Verb: "FROB"}, UnknownCommand},
		{"/", Command{}, UnknownCommand},
		{"PAſTE", Command{Verb: "PAſTE"}, UnknownCommand},
		{"POST \xff", Command{Verb: "POST"}, BadUTF8},
	}
	for _, tt := range tests {
		got, verb, err := ParseCommand(tt.line, Commands)
		var refused *Error
		if errors.As(err, &refused); tt.code != "" && (refused == nil || refused.Code != tt.code) || tt.code == "" && err != nil {
			t.Errorf("%q: error %v, want %q", tt.line, err, tt.code)
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: got %+v, want %+v", tt.line, got, tt.want)
		}
		if err == nil && got.Verb != "" && verb.Name != got.Verb {
			t.Errorf("%q: row %v", tt.line, verb)
		}
	}
}

func TestParseTalk(t *testing.T) {
	for line, want := range map[string]Command{
		"hello":         {Verb: "POST", Text: "hello"},
		"  POST indent": {Verb: "POST", Text: "  POST indent"},
		"//me waves":    {Verb: "POST", Text: "/me waves"},
		"/ME waves":     {Verb: "ME", Text: "waves"},
		"  ":            {},
	} {
		if got, _, err := ParseCommand(line, Talk); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %+v, %v, want %+v", line, got, err, want)
		}
	}
}

// The answer to a line that cannot be parsed names its verb, for the body of a
// PASTE is passed over even when its first line is malformed.
func TestVerbOf(t *testing.T) {
	for _, tt := range []struct {
		line    string
		reading Reading
		want    string
	}{
		{"paste \xff", Commands, "PASTE"},
		{"IN go ONCE \xff PASTE", Commands, "PASTE"},
		{"ONCE k IN go paste", Commands, "PASTE"},
		{"  /me \xff", Commands, "ME"},
		{"\xff", Commands, "-"},
		{"", Commands, "-"},
		{"paste \xff", Talk, "POST"},
		{"/paste \xff", Talk, "PASTE"},
		{"//paste \xff", Talk, "POST"},
	} {
		if got := VerbOf([]byte(tt.line), tt.reading); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.line, got, tt.want)
		}
	}
}

func TestSuggest(t *testing.T) {
	for word, want := range map[string]string{"JION": "JOIN", "POSTS": "POST", "HLEP": "HELP", "FROB": "", "X": "", "WH": "WHO", "HIST": "HISTORY", "HELLO": "", "TIME": "", "HISTROY": "HISTORY", "SAY": "POST"} {
		if got := SuggestVerb(word); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
	known := []string{"post", "tail", "rooms", "who", "history"}
	for word, want := range map[string]string{"tial": "tail", "Rooms": "rooms", "psot": "post", "pots": "post", "taxi": "", "coffee": "", "hw": "", "hwo": "who", "wat": "", "hist": "history", "hi": "", "": ""} {
		if got := Suggest(word, known); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

// What would change the meaning of a line is not written.
func TestAppendRefuses(t *testing.T) {
	for _, c := range []Command{
		{},
		{Verb: "POST", Text: "two\nlines"},
		{Verb: "POST", Text: "nul\x00"},
		{Verb: "POST", Text: "cr\r"},
		{Verb: "JOIN", Words: []string{"two words"}},
		{Verb: "JOIN", Words: []string{""}},
		{Verb: "POST", Room: "a b", Text: "x"},
		{Verb: "POST", Once: "a\tb", Text: "x"},
		{Verb: "post", Text: "x"}, {Verb: "IN"}, {Verb: "ONCE"}, {Verb: "PING\nQUIT"}, {Verb: "/PING"}, {Verb: "WAYTOOLONGTOBEAVERB"},
		{Verb: "POST", Text: "\xff\xfa swallows lines"},
		{Verb: "POST", Once: strings.Repeat("k", 65), Text: "x"},
		{Verb: "PASTE", Text: "cr\r\nlf"},
		{Verb: "PASTE", Room: strings.Repeat("ä", 33), Text: "QUIT"},
	} {
		if b, err := c.Append([]byte("before")); err == nil || string(b) != "before" {
			t.Errorf("%+v was written: %q", c, b)
		}
	}
}

// A PASTE is written with its lines, none of which ends it.
func TestAppendPaste(t *testing.T) {
	c := Command{Room: "go", Once: "k", Verb: "PASTE", Text: "one\n.\n\n..two"}
	b, err := c.Append([]byte("PING\n"))
	if want := "PING\nIN go ONCE k PASTE\none\n..\n\n...two\n.\n"; string(b) != want || err != nil {
		t.Errorf("it is written %q, %v, want %q", b, err, want)
	}
}

// A command that was parsed is written and parsed back as it was.
func FuzzCommand(f *testing.F) {
	for _, seed := range []string{"POST hi", "IN go ONCE k POST  x ", "JOIN go AFTER 5", "CREATE go topic", "TELL a b", "TOPIC", "/ROOMS x AFTER y", "PASTE\t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, verb, err := ParseCommand(line, Commands)
		var refused *Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("a foreign error: %v", err)
		}
		if word := c.VerbWord(); word != "-" && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			t.Fatalf("verb %q", word)
		}
		if err != nil || verb == nil || strings.ContainsAny(line, "\n\r\x00") {
			return
		}
		written, err := c.Append(nil)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", c, err)
		}
		again, _, err := ParseCommand(strings.TrimSuffix(string(written), "\n"), Commands)
		if err != nil || !reflect.DeepEqual(c, again) {
			t.Fatalf("%q: %+v, written %q, read %+v, %v", line, c, written, again, err)
		}
		if !utf8.Valid(written) {
			t.Fatalf("%q is not UTF-8", written)
		}
	})
}

func BenchmarkParseCommand(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := ParseCommand("POST the quick brown fox jumps over the lazy dog 0123456789", Commands); err != nil {
			b.Fatal(err)
		}
	}
}

// A verb has at most 16 letters (protocol.md, "Lines from the client").
func TestVerbOfSixteenLetters(t *testing.T) {
	sixteen := strings.Repeat("V", 16)
	for line, want := range map[string]string{sixteen + " x": sixteen, sixteen + "V x": "-"} {
		if got := VerbOf([]byte(line), Commands); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
