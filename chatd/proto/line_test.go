package proto

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 5_000_000, time.UTC)

func TestAppendLine(t *testing.T) {
	tests := []struct {
		line       Line
		text, json string
	}{
		{Line{Type: MSG, Room: "go", Seq: 7, Time: noon, Nick: "bob", Text: "hi <there>"},
			"MSG go 7 bob hi <there>",
			`{"type":"msg","room":"go","seq":7,"time":"2026-11-23T12:00:00.005Z","nick":"bob","text":"hi <there>"}`},
		{Line{Type: ME, Room: "go", Seq: 7, Time: noon, Nick: "bob", Text: "waves", Past: true},
			"PAST 2026-11-23T12:00:00.005Z ME go 7 bob waves",
			`{"type":"me","room":"go","seq":7,"time":"2026-11-23T12:00:00.005Z","nick":"bob","text":"waves","past":true}`},
		{Line{Type: MSG, Room: "go", Seq: 7, Time: noon, Nick: "bob", Text: "a\n\nb"},
			"MSG go 7 bob a\nMORE go 7 bob \nMORE go 7 bob b",
			`{"type":"msg","room":"go","seq":7,"time":"2026-11-23T12:00:00.005Z","nick":"bob","text":"a\n\nb"}`},
		{Line{Type: OK, Verb: "LEAVE", Room: "go"}, "OK LEAVE go -", `{"type":"ok","verb":"LEAVE","room":"go"}`},
		{Line{Type: OK, Verb: "JOIN", Room: "go"}, "OK JOIN go 0 0", `{"type":"ok","verb":"JOIN","room":"go","members":0,"seq":0}`},
		{Line{Type: OK, Verb: "SET"}, "OK SET", `{"type":"ok","verb":"SET"}`},
		{Line{Type: OK, Verb: "SET", Name: "echo", Value: "on"}, "OK SET echo on", `{"type":"ok","verb":"SET","name":"echo","value":"on"}`},
		{Line{Type: TOPIC, Room: "go", Nick: "bob"}, "TOPIC go bob ", `{"type":"topic","room":"go","nick":"bob"}`},
		{ErrLine("NICK", &Error{Code: RateLimited, Text: "wait", Limit: 3, Wait: 1500 * time.Microsecond}),
			"ERR NICK rate-limited wait",
			`{"type":"err","verb":"NICK","code":"rate-limited","text":"wait","limit":3,"wait_ms":2}`},
		{ErrLine("JOIN", &Error{Code: BadPosition, Text: "room go", Limit: 1 << 40}), // more than an int holds on some systems
			"ERR JOIN bad-position room go",
			`{"type":"err","verb":"JOIN","code":"bad-position","text":"room go","limit":1099511627776}`},
	}
	for _, tt := range tests {
		crlf := strings.NewReplacer("\n", "\r\n")
		for form, want := range map[Form]string{
			Text: tt.text + "\n", TextCRLF: crlf.Replace(tt.text + "\n"), JSON: tt.json + "\n", JSONCRLF: tt.json + "\r\n",
		} {
			if got := string(tt.line.Append(nil, form)); got != want {
				t.Errorf("form %d:\ngot  %q\nwant %q", form, got, want)
			}
		}
	}
}

func TestForms(t *testing.T) {
	f := Text.WithCRLF().WithJSON()
	if f != JSONCRLF || f.WithText() != TextCRLF || f.WithText().IsJSON() || !f.IsJSON() {
		t.Errorf("forms do not combine: %d", f)
	}
}

func TestParseLinePassesOverTheUnknown(t *testing.T) {
	for _, line := range []string{"FUTURE with fields", "OK FUTURE a b", "MSG go 1 bob hi", "USER go bob guest later-field"} {
		if _, err := ParseLine(line); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	for _, line := range []string{"", "msg go", "MSG go one bob hi", "PAST yesterday MSG go 1 bob hi", "{", `{"seq":1}`, "MSG go"} {
		if got, err := ParseLine(line); err == nil {
			t.Errorf("%q was read: %+v", line, got)
		}
	}
}

// A line that was read is written as it was read, in text and, by way of JSON,
// in JSON.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{
		"HELLO chatd/1 guest-000000 Type HELP", "OK JOIN go 1 2", "OK SET echo on", "ERR - bad-utf8 x", "MSG go 1 bob hi \"you\"",
		"PAST 2026-11-23T12:00:00.005Z MSG go 1 bob hi", "GAP go 1 2 retention", "RENAMED go a b", "BYE quit good-bye", "OK LEAVE go -",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "\r\n") {
			return
		}
		l, err := ParseLine(line)
		if err != nil || l.shape() == nil {
			return
		}
		written := l.Append(nil, Text)
		again, err := ParseLine(strings.TrimSuffix(string(written), "\n"))
		if err != nil || !reflect.DeepEqual(l, again) {
			t.Fatalf("%q: %+v, written %q, read %+v, %v", line, l, written, again, err)
		}
		if strings.ToValidUTF8(line, "") != line || l.Type == MORE {
			return
		}
		object := l.Append(nil, JSON)
		if bytes.Count(object, []byte("\n")) != 1 {
			t.Fatalf("%q is not one line", object)
		}
		read, err := ParseLine(strings.TrimSuffix(string(object), "\n"))
		if err != nil || string(read.Append(nil, JSON)) != string(object) || string(read.Append(nil, Text)) != string(written) {
			t.Fatalf("%q: %q, read %+v, %v", line, object, read, err)
		}
	})
}

func BenchmarkAppendLine(b *testing.B) {
	line := Line{Type: MSG, Room: "go", Seq: 123456, Time: noon, Nick: "alice", Text: strings.Repeat("x", 64)}
	for form, name := range []string{"text", "text-crlf", "json", "json-crlf"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var buf []byte
			for b.Loop() {
				buf = line.Append(buf[:0], Form(form))
			}
		})
	}
}
