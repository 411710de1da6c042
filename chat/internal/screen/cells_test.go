package screen

import (
	"slices"
	"strings"
	"testing"
)

func TestClean(t *testing.T) {
	for _, test := range []struct{ text, coloured, plain string }{
		{"plain ~", "plain ~", "plain ~"},
		{"a\tb", "a    b", "a    b"},
		{"\x1b[31mred", "\x1b[31mred\x1b[0m", "red"},
		{"\x1b[38;5;1;48:2:1:2:3mred\x1b[m", "\x1b[38;5;1;48:2:1:2:3mred\x1b[m\x1b[0m", "red"},
		{"\x1b[2Ja\x1b[5;5Hb\x1b[?1mc", "abc", "abc"},
		{"a\x1b[31", "a", "a"},
		{"\x1b[3~a\x1b[@b\x1b[1;3Ac", "abc", "abc"},
		{"a\u2028b\u202ec\u2066d\u2069e\u2065f", "abcde\u2065f", "abcde\u2065f"},
		{"\x1b[3é", "é", "é"},
		{"\x1b]0;title\ab\x07\r\u009b2J\u202e\u2028\x00", "]0;titleb2J", "]0;titleb2J"},
		{"字 e\u0301 \xff", "字 e\u0301 \uFFFD", "字 e\u0301 \uFFFD"},
	} {
		if got := Clean(test.text, true); got != test.coloured {
			t.Errorf("of %q, with colours, is left %q", test.text, got)
		}
		if got := Clean(test.text, false); got != test.plain {
			t.Errorf("of %q is left %q", test.text, got)
		}
	}
}

// FuzzClean: what is cleaned is harmless, and clean.
func FuzzClean(f *testing.F) {
	f.Add("a\tb\x1b[31mred\x1b[2J\x1b[5;5Hx\r\x07\u009b2J\x1b]0;title\x07\u202e\x00")
	f.Add("\x1b[3\x1b[1m\x1b[")
	f.Fuzz(func(t *testing.T, text string) {
		plain := Clean(text, false)
		if strings.ContainsFunc(plain, Disturbs) || Clean(plain, false) != plain {
			t.Errorf("of %q is left %q", text, plain)
		}
		for _, c := range CellsOf(Clean(text, true)) {
			if _, colour := sequenceLen(c.Text); !colour && strings.ContainsFunc(c.Text, Disturbs) {
				t.Errorf("of %q a cell is %q", text, c.Text)
			}
		}
		if got := Text(CellsOf(plain)); got != plain {
			t.Errorf("the cells of %q are those of %q", plain, got)
		}
	})
}

func TestCells(t *testing.T) {
	for text, want := range map[string][]Cell{
		"ae\u0301":  {{"a", 1}, {"e\u0301", 1}},
		"\u0301a":   {{"\u0301", 0}, {"a", 1}},
		"字\x1b[1mb": {{"字", 2}, {"\x1b[1m", 0}, {"b", 1}},
	} {
		if got := CellsOf(text); !slices.Equal(got, want) {
			t.Errorf("the cells of %q are %+v", text, got)
		}
	}
	for width, want := range map[int]string{0: "\x1b[1m\x1b[0m", 1: "\x1b[1m\x1b[0m", 3: "\x1b[1m字\x1b[0m", 5: "\x1b[1m字字b\x1b[0m"} {
		if got := Text(cut(CellsOf("\x1b[1m字字b\x1b[0m"), width)); got != want {
			t.Errorf("cut to %d columns is %q", width, got)
		}
	}
}
