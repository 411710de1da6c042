package history_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"linechat/chatd/internal/history"
)

func TestWords(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", ""},
		{" \t\n!? 😀 --", ""},
		{"The quick, brown-fox's 3.14", "the quick brown fox s 3 14"},
		{"CAFÉ cafe\u0301 Ångström", "cafe cafe angstrom"},
		{"Straße STRASSE ﬁne Ⅷ ½ ２", "strasse strasse fine viii 1 2 2"},
		{"İstanbul Ελλάς", "istanbul ελλασ"},
		{"東京ab タ 가나 กา", "東 京 ab タ 가나 ก า"},
		{"под_чёрк x\x00y \xff!", "под черк x y"},
		{"नमस्ते", "नमसत"},
	} {
		got := strings.Join(history.Words(test.text), " ")
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func TestFoldNick(t *testing.T) {
	for nick, want := range map[string]string{"Alice": "alice", "JÜRGEN": "jürgen", "not a nick!": "not a nick!", "": ""} {
		if got := history.FoldNick(nick); got != want {
			t.Errorf("%q: got %q, want %q", nick, got, want)
		}
	}
}

// FuzzWords has every text be found by what stands in it.
func FuzzWords(f *testing.F) {
	for _, text := range []string{
		"The quick brown fox", "CAFÉ cafe\u0301", "Straße ﬁ Ⅷ ½ İ ΐ ŉ ǰ ẖ ﷺ", "東京タワー ไทย 한국어", "\u19b0 Ꙁ \U0001e900", "a\u0345 ᾳ ῼ", "\x00\xff", "٣٤ १२",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "?") // as posts are
		words := history.Words(text)
		// Of Cherokee letters cases.Fold makes small ones of capitals, and the
		// other way round.
		cherokee := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cherokee, r) })
		if again := history.Words(strings.Join(words, " ")); !slices.Equal(again, words) && !cherokee {
			t.Errorf("%q has %q, and these have %q", text, words, again)
		}
		for i, word := range words {
			for _, r := range word {
				if !unicode.In(r, unicode.L, unicode.N) {
					t.Errorf("%q: %q is no letter of a word", text, r)
				}
			}
			_, size := utf8.DecodeRuneInString(word)
			for name, term := range map[string]history.Term{
				"a word":         {Words: words[i : i+1]},
				"its beginning":  {Words: []string{word[:size]}, Prefix: true},
				"what follows":   {Words: words[i:]},
				"what precedes":  {Words: words[:i+1]},
				"of the last of": {Words: append(slices.Clone(words[:i]), word[:size]), Prefix: true},
			} {
				q := history.Query{Terms: []history.Term{term}}
				if !q.Matches("alice", text) {
					t.Errorf("%q is not found by %s, %q", text, name, term.Words)
				}
			}
		}
	})
}
