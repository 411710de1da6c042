package proto

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"linechat/chatd/internal/spectest"
)

func TestParseName(t *testing.T) {
	for _, tt := range []struct{ name, s, fold string }{
		{"ascii", "Alice", "alice"},
		{"all that is allowed", "a.B-c_9", "a.b-c_9"},
		{"one letter", "x", "x"},
		{"guest", "guest-4f2a1c", "guest-4f2a1c"},
		{"longest", strings.Repeat("a", 32), strings.Repeat("a", 32)},
		{"longest in runes", strings.Repeat("é", 32), strings.Repeat("é", 32)},
		{"umlaut", "Jürgen", "jürgen"},
		{"ends in a hyphen, not ascii", "é-", "é-"},
		{"decomposed", norm.NFD.String("Jürgen"), "jürgen"},
		{"full width", "Ａｌｉｃｅ９", "alice9"},
		{"sharp s", "Groß", "groß"},
		{"Kelvin sign", "\u212Aelvin", "kelvin"},
		{"Greek", "ΣΊΣΥΦΟΣ", "σίσυφοσ"},
		{"Cyrillic", "Иван", "иван"},
		{"Hebrew", "שלום", "שלום"},
		{"Arabic with its digits", "علي٣", "علي٣"},
		{"Devanagari", "हिन्दी", "हिन्दी"},
		{"Thai", "สวัสดี", "สวัสดี"},
		{"Japanese in three scripts", "東京タワーにて", "東京タワーにて"},
		{"Japanese in half width", "ﾊﾟﾝ", "パン"},
		{"Korean in two scripts", "金씨", "金씨"},
		{"Chinese with Bopomofo", "注音ㄅ", "注音ㄅ"},
		{"Chinese with ascii digits", "房5", "房5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for kind, parse := range parsers {
				n, err := parse(tt.s)
				if err != nil {
					t.Fatalf("%s %+q: %v", kind, tt.s, err)
				}
				if n.Shown != tt.s || n.Fold != tt.fold {
					t.Errorf("%s %+q: shown %+q, folded %+q; want %+q", kind, tt.s, n.Shown, n.Fold, tt.fold)
				}
			}
		})
	}
}

var parsers = map[string]func(string) (Name, error){"nick": ParseNick, "room": ParseRoom}

func TestParseRoomBeginsWithDigit(t *testing.T) {
	for _, s := range []string{"9", "1é", "5楼", "２０２６"} {
		if _, err := ParseRoom(s); err != nil {
			t.Errorf("room %s: %v", s, err)
		}
	}
}

func TestParseNickRefuses(t *testing.T) {
	const (
		characters = "a name has only letters, digits, _ - and ."
		start      = "a nick begins with a letter"
		plain      = "a name has no styled, joined or ancient letters (RFC 8264); use plain ones"
		bidi       = "a name from right to left begins with a letter, ends in a letter or digit, and has digits of one kind (RFC 5893)"
	)
	for _, tt := range []struct{ name, s, text string }{
		{"empty", "", "a name has at least one character"},
		{"too long", strings.Repeat("a", 40), "a name may have 32 characters, and this one has 40"},
		{"too long in lower case", strings.Repeat("İ", 17), "a name may have 32 characters, and this one has 34 in lower case"},
		{"blank", "a b", characters},
		{"slash", "no/slashes", characters},
		{"control", "a\x1b[2J", characters},
		{"not UTF-8", "a\xff", characters},
		{"joiner", "می\u200cخواهم", characters},
		{"right-to-left override", "a\u202eb", characters},
		{"emoji", "a😀", characters},
		{"superscript", "x²", characters},
		{"digit first", "1up", start},
		{"hyphen first", "-rf", start},
		{"dot first", "..", start},
		{"mark first", "\u0301a", start},
		{"mark first once folded", "\uFF9Ea", start},
		{"ligature", "\uFB01n", plain},
		{"mathematical", "𝐀lice", plain},
		{"long s", "gueſt-1", plain},
		{"ancient jamo", "\u1100\u1161\u11EB", plain},
		{"right to left, hyphen last", "שלום-", bidi},
		{"right to left, two kinds of digits", "علي٣4", bidi},
		{"Latin and Cyrillic", "p\u0430ypal", "a name has letters of one script; this one mixes Latin and Cyrillic"},
		{"Cyrillic and Greek", "\u0430α", "a name has letters of one script; this one mixes Cyrillic and Greek"},
		{"Latin and a Bengali digit", "a৪", "a name has letters of one script; this one mixes Latin and Bengali"},
		{"Japanese and Korean", "東にて씨", "a name has letters of one script; this one mixes Han and Hiragana and Hangul"},
		{"Japanese and Latin", "東京go", "a name has letters of one script; this one mixes Han and Latin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n, err := ParseNick(tt.s)
			var e *Error
			if !errors.As(err, &e) || e.Code != BadName || e.Text != tt.text {
				t.Errorf("%+q: %+v, %v; want %s", tt.s, n, err, tt.text)
			}
			if e != nil && strings.Contains(tt.name, "too long") != (e.Limit == MaxNameRunes) {
				t.Errorf("%+q: limit %d", tt.s, e.Limit)
			}
		})
	}
}

func TestParseRoomRefusesStart(t *testing.T) {
	_, err := ParseRoom(".hidden")
	if want := "bad-name: the name of a room begins with a letter or digit"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestLook(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"Alice", "a1ice", true},
		{"Alice", "AIice", true},
		{"alice", "allce", true},
		{"go", "g0", true},
		{"gO", "g0", true},
		{"modern", "modem", true},
		{"rnodern", "modern", true},
		{"winston", "vvinston", true},
		{"Winston", "VVinston", true},
		{"avvva", "avwa", true},
		{"avvva", "awva", true},
		{"go", "ｇ０", true},
		{"león", "1eón", true},
		{"león", norm.NFD.String("1eón"), true},
		{"leo", "león", false},
		{"líma", "llma", false},
		{"aLps", "a1ps", false},
		{"learn", "LEARN", true}, // by their folds
		{"leam", "LEARN", false},
		{"rnax", "Max", false},
		{"coco", "сосо", false}, // Cyrillic: not caught
	} {
		a, errA := ParseRoom(tt.a)
		b, errB := ParseRoom(tt.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if same := a.Fold == b.Fold || a.Skeleton == b.Skeleton; same != tt.same {
			t.Errorf("%s and %s taken for one another: %v, want %v (%+q, %+q)", tt.a, tt.b, same, tt.same, a.Skeleton, b.Skeleton)
		}
	}
}

func TestNameIs(t *testing.T) {
	for _, test := range []struct {
		name, other string
		want        bool
	}{
		{"alice", "ALICE", true}, {"alice", "ａｌｉｃｅ", true}, {"Jürgen", "JU\u0308RGEN", true}, {"alice", "a1ice", false},
		{"alice", "", false}, {"alice", "alice ", false}, {"alice", "ａ ｌ", false}, {"Jürgen", "jurgen", false},
	} {
		name, err := ParseNick(test.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := name.Is(test.other); got != test.want {
			t.Errorf("%q is %q: %v", test.name, test.other, got)
		}
	}
}

func TestGuest(t *testing.T) {
	for s, want := range map[string]bool{
		"guest-4f2a1c": true, "Guest-x": true, "ｇｕｅｓｔ-x": true, "guest-": true,
		"guest": false, "guests-x": false, "aguest-x": false,
	} {
		n, err := ParseNick(s)
		if err != nil || n.Guest() != want {
			t.Errorf("%s: guest %v (%v), want %v", s, n.Guest(), err, want)
		}
	}
	if look := lookAlikes.Replace(guestPrefix); look != guestPrefix {
		t.Errorf("%s has the look-alike %s, and Guest must ask for it", guestPrefix, look)
	}
}

func TestReserved(t *testing.T) {
	for s, want := range map[string]bool{
		"admin": true, "Admin": true, "ADM1N": true, "adrnin": true, "admln": true, "ａdmin": true, "r00t": true, "System": true,
		"ádmin": false, "admin2": false, "badmin": false, "alice": false,
	} {
		n, err := ParseNick(s)
		if err != nil || n.Reserved() != want {
			t.Errorf("%s: reserved %v (%v), want %v", s, n.Reserved(), err, want)
		}
	}
	for _, nick := range reservedNicks {
		if n, err := ParseNick(nick); err != nil || n.Fold != nick {
			t.Errorf("%s is no nick, folded: %v", nick, err)
		}
	}
	last := len(reservedNicks) - 1
	spectest.Says(t, "Nobody chooses `"+strings.Join(reservedNicks[:last], "`, `")+"` or `"+reservedNicks[last]+"`,")
}

func FuzzName(f *testing.F) {
	for _, s := range []string{"", "Alice", "rnodern", "VVvw", "guest-1", "ΣΊΣΥΦΟΣ", "ﾊﾟﾝ", "İ", "東京タワー", "علي٣", "p\u0430ypal", "a\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkParse(t, s, ParseNick, nickStart)
		checkParse(t, s, ParseRoom, roomStart)
	})
}

// checkParse demands of one parser what must hold for every s.
func checkParse(t *testing.T, s string, parse func(string) (Name, error), start nameStart) {
	n, err := parse(s)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Code != BadName || n != (Name{}) {
			t.Fatalf("%+q: %+v, error %#v", s, n, err)
		}
		if Clean(e.Text) != e.Text {
			t.Fatalf("%+q: refused in a text that is not clean: %+q", s, e.Text)
		}
		return
	}
	if n.Shown != s || Clean(s) != s || strings.ContainsAny(s, " \t") {
		t.Fatalf("%+q: shown as %+q", s, n.Shown)
	}
	if max(utf8.RuneCountInString(s), utf8.RuneCountInString(n.Fold)) > MaxNameRunes {
		t.Fatalf("%+q: folded %+q, too long", s, n.Fold)
	}
	again, err := parse(n.Fold)
	if err != nil || again.Shown != n.Fold || again.Fold != n.Fold {
		t.Fatalf("%+q: its fold %+q parses as %+v, %v", s, n.Fold, again, err)
	}
	composed, err := parse(norm.NFC.String(s))
	if err != nil || composed.Fold != n.Fold || composed.Skeleton != n.Skeleton {
		t.Fatalf("%+q: composed it parses as %+v, %v; want %+v", s, composed, err, n)
	}
	if slow, err := unicodeName(s, start); err != nil || slow != n {
		t.Fatalf("%+q: %+v; without the fast path %+v, %v", s, n, slow, err)
	}
}

func BenchmarkParseNick(b *testing.B) {
	for _, bm := range []struct{ name, s string }{
		{"lower case", "guest-4f2a1c"},
		{"look-alikes", "Modern.Willow"},
		{"Latin-1", "jürgen"},
		{"Japanese", "東京タワーにて"},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseNick(bm.s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
