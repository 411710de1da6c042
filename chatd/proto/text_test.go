package proto

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

const (
	england  = "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"
	family   = "👩\u200D👩\u200D👧\u200D👦"
	rainbow  = "🏳\uFE0F\u200D🌈"
	handsUp  = "🙋🏽\u200D♀\uFE0F"
	noShake  = "🙂\u200D↔\uFE0F"
	kssa     = "क्\u200Dष"         // Devanagari half form
	rab      = "র\u200D্যাব"       // Bengali, the joiner before a virama
	mikhaham = "می\u200Cخواهم"     // Persian
	newFace  = "🐦\u200D\U0001FAE9" // of Unicode 16, after the tables of package unicode
)

func TestCleanKeeps(t *testing.T) {
	for name, s := range map[string]string{
		"nothing":             "",
		"ascii":               "make: *** [all] Error 2\t{~}",
		"Japanese":            "東京タワーにて、また。",
		"Korean":              "안녕하세요",
		"Hebrew":              "שלום, עולם",
		"decomposed":          "Ju\u0308rgen",
		"Devanagari, joined":  kssa,
		"Bengali, joined":     rab,
		"Persian, unjoined":   mikhaham,
		"family":              family,
		"rainbow flag":        rainbow,
		"skin tone":           handsUp,
		"arrow of a shake":    noShake,
		"new pictograph":      newFace,
		"England":             england,
		"England, joined":     england + "\u200D⚽",
		"two flags of tags":   england + england,
		"flag of two letters": "🇩🇪",
		"keycap":              "1\uFE0F\u20E3",
		"replacement":         "a\uFFFDb",
		"no-break space":      "a\u00A0b",
	} {
		t.Run(name, func(t *testing.T) {
			if got := Clean(s); got != s {
				t.Errorf("%+q became %+q", s, got)
			}
			if n := testing.AllocsPerRun(10, func() { Clean(s) }); n != 0 {
				t.Errorf("%v allocations, want none", n)
			}
		})
	}
}

func TestCleanDrops(t *testing.T) {
	for _, tt := range []struct{ name, s, want string }{
		{"C0", "a\x00b\x07c\x1fd\r\n", "abcd"},
		{"DEL and C1", "a\x7fb\u0080c\u0085d", "abcd"},
		{"invalid bytes", "a\xffb\xc2", "ab"},
		{"surrogate", "a\xed\xa0\x80b", "ab"},
		{"bytes that would meet", "a\xc2\x1b[m\x9b1mb", "a1mb"},

		{"colour", "\x1b[1;31mred\x1b[0m", "red"},
		{"colour by C1", "\u009B1;31mred", "red"},
		{"private parameters", "\x1b[?1049hx\x1b[>0;1 qy", "xy"},
		{"CSI without an end", "a\x1b[12;", "a"},
		{"CSI broken off", "a\x1b[12\x1b[mb", "ab"},
		{"title, BEL", "\x1b]0;title\abc", "bc"},
		{"title, ST", "\x1b]0;title\x1b\\bc", "bc"},
		{"title, ST in C1", "\u009D0;title\u009Cbc", "bc"},
		{"a byte of ST in a letter", "\x1b]0;Ü\abc", "bc"},
		{"title without an end", "a\x1b]0;title bc", "a"},
		{"title without an end in its line", "a\x1b]0;title\nbc", "abc"},
		{"link", "\x1b]8;;http://x\x1b\\here\x1b]8;;\x1b\\", "here"},
		{"DCS goes on behind BEL", "a\x1bPq\ab\x1b\\c", "ac"},
		{"SOS", "a\x1bXb\x1b\\c\u0098d\u009Ce", "ace"},
		{"PM", "a\x1b^b\x1b\\c\u009Ed\u009Ce", "ace"},
		{"APC", "a\x1b_b\x1b\\c\u009Fd\u009Ce", "ace"},
		{"two characters", "a\x1bcb\x1b7c\x1bMd", "abcd"},
		{"character set", "a\x1b(0b\x1b%Gc", "abc"},
		{"ESC before a letter of no escape", "a\x1bé", "aé"},
		{"ESC at the end", "a\x1b", "a"},
		{"ESC twice", "a\x1b\x1b[31mb", "ab"},

		{"right-to-left override", "a\u202Egpj.exe", "agpj.exe"},
		{"isolates and marks", "\u2066a\u2069\u200Eb\u200Fc\u061C", "abc"},
		{"separators", "a\u2028b\u2029c", "abc"},
		{"invisible", "a\u00ADb\u200Bc\u2060d\u2064e\u206Af\uFEFFg\uFFF9h", "abcdefgh"},

		{"joiner at the beginning", "\u200Da", "a"},
		{"joiner at the end", "a\u200D", "a"},
		{"joiner before a blank", "a\u200C b", "a b"},
		{"joiner behind a digit", "1\u200Da", "1a"},
		{"joiners in a row", "م\u200C\u200D\u200Cخ", "م\u200Cخ"},
		{"joiner beside what is dropped", "م\u200B\u200C\x1b[mخ", "م\u200Cخ"},
		{"joiner that loses its letter", "\x1b]a\a\u200Db", "b"},

		{"tags alone", "a\U000E0068\U000E0069\U000E007F", "a"},
		{"flag with too few tags", "🏴\U000E0067\U000E0062\U000E007F.", "🏴."},
		{"flag with too many tags", "🏴" + strings.Repeat("\U000E0061", 8) + "\U000E007F.", "🏴."},
		{"flag with tags without an end", "🏴\U000E0067\U000E0062\U000E0065.", "🏴."},
		{"flag with a tag of no letter", "🏴\U000E0041" + england[4:] + ".", "🏴."},
		{"flag with tags twice", england + england[4:] + ".", england + "."},
		{"flag with tags apart", england[:8] + "\u200B" + england[8:], england},
		{"flag with tags behind a joiner", "🏴\u200D" + england[4:] + "☠", "🏴\u200D☠"},
		{"flag with a joiner behind some tags", england[:16] + "\u200D☠", "🏴\u200D☠"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Clean(tt.s); got != tt.want {
				t.Errorf("%+q became %+q, want %+q", tt.s, got, tt.want)
			}
		})
	}
}

func TestErase(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"nothing to erase", "POST hi", "POST hi"},
		{"BS", "POTS\b\bST hi", "POST hi"},
		{"DEL", "a\x7fb", "b"},
		{"a rune, not a byte", "日本\b語", "日語"},
		{"a mark alone", "e\u0301\b", "e"},
		{"more than there is", "a\b\b\bb", "b"},
		{"Ctrl-U", "POST oops\x15QUIT", "QUIT"},
		{"all of it", "ab\b\b", ""},
		{"an invalid byte", "a\xff\bb", "ab"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := []byte(tt.line)
			got := Erase(line)
			if string(got) != tt.want {
				t.Errorf("%+q became %+q, want %+q", tt.line, got, tt.want)
			}
			if len(got) > 0 && &got[0] != &line[0] {
				t.Error("not in place")
			}
		})
	}
}

// What Clean must not leave behind, said a second time and in other words.
var (
	anywhere  = regexp.MustCompile(`[\x00-\x08\x0A-\x1F\x7F-\x9F\x{AD}\x{61C}\x{200B}\x{200E}\x{200F}\x{2028}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}\x{FFF9}-\x{FFFB}]`)
	flags     = regexp.MustCompile(`\x{1F3F4}[\x{E0030}-\x{E0039}\x{E0061}-\x{E007A}]{3,7}\x{E007F}`)
	tags      = regexp.MustCompile(`[\x{E0000}-\x{E007F}]`)
	unjoining = `[^\pL\pM\p{So}\x{1F000}-\x{1FAFF}\x{2194}]`
	loose     = regexp.MustCompile(`(?:^|` + unjoining + `)[\x{200C}\x{200D}]|[\x{200C}\x{200D}](?:$|` + unjoining + `)`)
	printable = regexp.MustCompile(`^[\t -~]*$`)
)

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "hi", "\x1b[1mred", "a\x1b]0;t\ab", "\u009D\u009C", family, england, kssa, mikhaham, "a\u200D\x1b[m\u200Cb", "🏴\U000E0067\u200D☠", "\xc2\x1b\x9b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if again := Clean(got); again != got {
			t.Errorf("%+q became %+q, and then %+q", s, got, again)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%+q became %+q, which is not UTF-8", s, got)
		}
		if printable.MatchString(s) && got != s {
			t.Errorf("%+q became %+q", s, got)
		}
		untagged := flags.ReplaceAllString(got, "🏴")
		for _, forbidden := range []*regexp.Regexp{anywhere, tags, loose} {
			if at := forbidden.FindStringIndex(untagged); at != nil {
				t.Errorf("%+q became %+q, with %+q", s, got, untagged[at[0]:at[1]])
			}
		}
	})
}

func FuzzErase(f *testing.F) {
	for _, s := range []string{"", "POTS\b\bST", "日本\x7f", "oops\x15hi", "\b", "\xe6\x97\b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := string(line)
		got := Erase(line)
		if utf8.ValidString(before) && !utf8.Valid(got) {
			t.Errorf("%+q became %+q, which is not UTF-8", before, got)
		}
		if bytes.ContainsAny(got, "\b\x7F\x15") || len(got) > len(before) {
			t.Errorf("%+q became %+q", before, got)
		}
	})
}

func BenchmarkClean(b *testing.B) {
	for _, bm := range []struct{ name, s string }{
		{"ascii", strings.Repeat("a line of text ", 4)},
		{"Japanese", strings.Repeat("東京タワーにて", 4)},
		{"emoji", strings.Repeat(family, 4)},
		{"colour", "\x1b[1;31m" + strings.Repeat("a line of text ", 4) + "\x1b[0m"},
		{"hostile joiners", strings.Repeat("a\u200D\u200B", 8192)},
		{"hostile tags", "🏴\u200B" + strings.Repeat("\U000E0061\U000E0041", 8192)},
		{"hostile openers", strings.Repeat("\x1b]\n\x1b[", 8192)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.SetBytes(int64(len(bm.s)))
			b.ReportAllocs()
			for b.Loop() {
				Clean(bm.s)
			}
		})
	}
}

func BenchmarkErase(b *testing.B) {
	line := []byte("POST a line of text")
	b.ReportAllocs()
	for b.Loop() {
		Erase(line)
	}
}
