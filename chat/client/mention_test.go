package client

import (
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

func TestMentions(t *testing.T) {
	for text, want := range map[string]bool{
		"alice": true, "Alice: hi": true, "hi, ALICE.": true, "ask alice-": true, "@alice!": true, "(alice)": true,
		"malice": false, "alices": false, "alice-bob": false, "alice.b": false, "al ice": false, "a_alice": false,
		"bob-alice": false, "bob.alice": false, "malice, alice": true, "": false, "alice--bob": true, "bob..alice": true, "alice_": false,
		"alice\nbob": true, "ａｌｉｃｅ": true, "alice\u0301": false, "al\u200bice": false, "alice\xff": true, "\xffalice": true,
		"alice2": false, "2alice": false, "-alice": true, "alıce": false,
	} {
		if got := mentions(text, "alice"); got != want {
			t.Errorf("mentions(%q) = %v", text, got)
		}
	}
}

// A nick is found as the protocol folds it, and only a nick is.
func TestMentionsFold(t *testing.T) {
	for _, test := range []struct {
		text, nick string
		want       bool
	}{
		{"hallo JÜRGEN", "Jürgen", true}, {"hallo Ju\u0308rgen", "Jürgen", true}, {"hallo Jurgen", "Jürgen", false},
		{"ὈΔΥΣΣΕΎς", "ὀδυσσεύς", true}, {"привет, ИВАН!", "иван", true}, {"ИВАНОВ", "иван", false}, {"\u212aate", "kate", true},
		{"ask a.b", "a.b", true}, {"ask a.b.c", "a.b", false}, {"ask bob.", "bob.", true}, {"ask bob", "bob.", false},
		{"hallo", "", false}, {"7 8", "7", false}, {"a b", "a b", false},
		{"x" + strings.Repeat("é", 31), "x" + strings.Repeat("é", 31), true}, {"x" + strings.Repeat("é", 32), "x" + strings.Repeat("é", 31), false},
	} {
		if got := mentions(test.text, test.nick); got != test.want {
			t.Errorf("mentions(%q, %q) = %v", test.text, test.nick, got)
		}
	}
}

// FuzzMentions: whoever is named alone is mentioned, in every form of the name.
func FuzzMentions(f *testing.F) {
	f.Add("Jürgen", "hi ", "!")
	f.Fuzz(func(t *testing.T, nick, before, after string) {
		name, err := proto.ParseNick(nick)
		if err != nil {
			return
		}
		for _, form := range []string{nick, name.Fold, strings.ToLower(nick)} {
			if other, err := proto.ParseNick(form); err != nil || other.Fold != name.Fold {
				continue
			}
			if text := fmt.Sprintf("%s %s %s", before, form, after); !mentions(text, nick) {
				t.Errorf("%q is not mentioned in %q", nick, text)
			}
		}
	})
}

func BenchmarkMentions(b *testing.B) {
	for name, text := range map[string]string{
		"ASCII":    "deploy of v1.2 has begun, and nobody but bob is awake",
		"Cyrillic": "развёртывание версии началось, и никто кроме боба не спит",
	} {
		for _, nick := range []string{"alice", "иван"} {
			b.Run(name+"/"+nick, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					mentions(text, nick)
				}
			})
		}
	}
}
