package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// words are terms of one word each, phrase is one of several, and begins one
// of which the last word need only begin so.
func words(text string) (terms []history.Term) {
	for _, word := range history.Words(text) {
		terms = append(terms, history.Term{Words: []string{word}})
	}
	return terms
}

func phrase(text string) []history.Term { return []history.Term{{Words: history.Words(text)}} }

func begins(text string) []history.Term {
	return []history.Term{{Words: history.Words(text), Prefix: true}}
}

// manyBegin are beginnings of words, and a word.
func manyBegin(beginnings, word string) (terms []history.Term) {
	for _, b := range strings.Fields(beginnings) {
		terms = append(terms, begins(b)...)
	}
	return append(terms, words(word)...)
}

// search returns the numbers of what a search finds, as a word.
func search(t *testing.T, s history.Store, fold string, q history.Query) string {
	t.Helper()
	hits, err := s.Search(t.Context(), fold, q)
	if err != nil || hits.MissedFrom != 0 || hits.MissedTo != 0 {
		t.Errorf("Search: missed %d to %d, %v", hits.MissedFrom, hits.MissedTo, err)
	}
	return fmt.Sprint(hits.Seqs)
}

// say posts a text under a nick; its number is to be seq.
func say(t *testing.T, s history.Store, fold string, seq uint64, nick, text string) {
	t.Helper()
	p := history.Post{Time: at(seq), Kind: proto.MSG, Nick: nick, Text: text}
	if got := tryAppend(s, fold, []history.Post{p}); got != (outcome{first: seq}) {
		t.Fatalf("Append to %s: %d, %v; want %d", fold, got.first, got.err, seq)
	}
}

// wordsPosts are the texts of posts 1, 2, 3 and so on that wordsSearches are made in.
var wordsPosts = []string{
	"The quick brown fox",
	"a quick, BROWN bread; foxes eat it",
	"Café au lait",
	"CAFE\u0301 OLE",
	"brown fox the quick",
	"Straße 東京タワー",
	"STRASSE, and 京東",
	"first line\n\nsecond line",
	"x86_64 v2.0 ２０２６",
	"😀 !?",
	"ﬁne ŻÓŁĆ",
}

var wordsSearches = []struct {
	name  string
	terms []history.Term
	want  string
}{
	{"a word", words("bread"), "[2]"},
	{"in any case", words("QUICK"), "[1 2 5]"},
	{"whole", words("fox"), "[1 5]"},
	{"part of one", words("rown"), "[]"},
	{"one that is nowhere", words("wolf"), "[]"},
	{"several in any order", words("quick fox"), "[1 5]"},
	{"several of which one is missing", words("quick wolf"), "[]"},
	{"the same twice", words("fox fox"), "[1 5]"},
	{"without its accents", words("cafe ole"), "[4]"},
	{"with accents", words("CAFÉ"), "[3 4]"},
	{"with accents of another kind", words("cafe\u0300"), "[3 4]"},
	{"folded to two letters", words("strasse"), "[6 7]"},
	{"folded from two letters", words("straße"), "[6 7]"},
	{"a ligature", words("fine"), "[11]"},
	{"outside ASCII", words("żółć"), "[11]"}, // ł is a letter of its own
	{"wide digits", words("2026"), "[9]"},
	{"around punctuation", words("v2.0"), "[9]"},
	{"a phrase", phrase("quick brown"), "[1 2]"},
	{"a phrase the other way round", phrase("brown quick"), "[]"},
	{"a phrase of three", phrase("brown fox the"), "[5]"},
	{"a phrase over a line's end", phrase("line second"), "[8]"},
	{"a phrase and a word", append(phrase("quick brown"), words("bread")...), "[2]"},
	{"a beginning", begins("fo"), "[1 2 5]"},
	{"many beginnings", manyBegin("th qui bro fo br qu", "the"), "[1 5]"},
	{"many beginnings, the shortest of which is missing", manyBegin("quic brow fox bro foxe b q wo", "quick"), "[]"},
	{"a whole word as a beginning", begins("fox"), "[1 2 5]"},
	{"a beginning in any case, with an accent", begins("CÀF"), "[3 4]"},
	{"a phrase and a beginning", begins("brown fo"), "[1 5]"},
	{"a beginning within a phrase", phrase("brow fox"), "[]"},
	{"a character of unspaced writing", words("京"), "[6 7]"},
	{"characters next to each other", phrase("東京"), "[6]"},
	{"nothing at all", nil, "[1 2 3 4 5 6 7 8 9 10 11]"},
}

func findsWords(t *testing.T, s history.Store) {
	create(t, s, "go")
	for i, text := range wordsPosts {
		say(t, s, "go", uint64(i+1), "alice", text)
	}
	for _, test := range wordsSearches {
		t.Run(test.name, func(t *testing.T) {
			if got := search(t, s, "go", history.Query{Terms: test.terms, Limit: 99}); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// takesWordsAsTheyAre searches for what is an operator to some search engines.
func takesWordsAsTheyAre(t *testing.T, s history.Store) {
	create(t, s, "go")
	texts := []string{
		`to be AND not to be`, `fish OR chips`, `NOT now`, `say "hello world"`, `2 * 3`, `NEAR(near far, 3)`,
		`text:x nick:y room:1`, `^top`, `a - b + c`, `{col} : [z]`, `it's; DROP TABLE words --`, `100%_`, "x\x00y",
	}
	for i, text := range texts {
		say(t, s, "go", uint64(i+1), "alice", text)
	}
	for _, text := range append(texts, "AND", "OR NOT", `"`, `""`, "*", "be*", "NEAR(", "NEAR(to be)", "text:x", "-b", "room : 1") {
		for name, terms := range map[string][]history.Term{"words": words(text), "phrase": phrase(text), "beginning": begins(text)} {
			if len(history.Words(text)) == 0 {
				terms = nil
			}
			q := history.Query{Terms: terms, Limit: 99}
			var want []uint64
			for i, posted := range texts {
				if q.Matches("alice", posted) {
					want = append(want, uint64(i+1))
				}
			}
			if got := search(t, s, "go", q); got != fmt.Sprint(want) {
				t.Errorf("%s of %q: got %s, want %d", name, text, got, want)
			}
		}
	}
}

func boundsSearch(t *testing.T, s history.Store) {
	create(t, s, "go")
	for seq := range uint64(12) {
		say(t, s, "go", seq+1, []string{"Jürgen", "bob", "guest-0a1b2c"}[seq%3], fmt.Sprint("tick ", []string{"tock", "boom"}[seq%2]))
	}
	all := math.MaxInt
	for _, test := range []struct {
		name string
		q    history.Query
		want string
	}{
		{"all", history.Query{Limit: all}, "[1 2 3 4 5 6 7 8 9 10 11 12]"},
		{"the newest", history.Query{Limit: 3}, "[10 11 12]"},
		{"exactly so many", history.Query{Limit: 12}, "[1 2 3 4 5 6 7 8 9 10 11 12]"},
		{"none", history.Query{}, "[]"},
		{"after a number", history.Query{After: 9, Limit: all}, "[10 11 12]"},
		{"after the head", history.Query{After: 12, Limit: all}, "[]"},
		{"after any number", history.Query{After: math.MaxInt64, Limit: all}, "[]"},
		{"before a number", history.Query{Before: 3, Limit: all}, "[1 2]"},
		{"before the first", history.Query{Before: 1, Limit: all}, "[]"},
		{"before the one after the head", history.Query{Before: 13, Limit: 1}, "[12]"},
		{"before any number", history.Query{Before: math.MaxInt64, Limit: 1}, "[12]"},
		{"between", history.Query{After: 3, Before: 6, Limit: all}, "[4 5]"},
		{"between, the newest", history.Query{After: 3, Before: 9, Limit: 2}, "[7 8]"},
		{"between, where nothing is", history.Query{After: 5, Before: 6, Limit: all}, "[]"},
		{"between, the wrong way round", history.Query{After: 9, Before: 3, Limit: all}, "[]"},
		{"from a nick", history.Query{Nick: "jürgen", Limit: all}, "[1 4 7 10]"},
		{"from a nick of several words", history.Query{Nick: "guest-0a1b2c", Limit: all}, "[3 6 9 12]"},
		{"from part of a nick", history.Query{Nick: "guest", Limit: all}, "[]"},
		{"from nobody", history.Query{Nick: "tick", Limit: all}, "[]"},
		{"of words", history.Query{Terms: words("boom"), Limit: 2}, "[10 12]"},
		{"of words, from a nick, between", history.Query{Terms: words("boom"), Nick: "bob", After: 1, Before: 9, Limit: all}, "[2 8]"},
		{"of a nick that is no word of a text", history.Query{Terms: words("bob"), Limit: all}, "[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := search(t, s, "go", test.q); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func searchesOneRoom(t *testing.T, s history.Store) {
	folds := []string{"a", "b", "c"}
	create(t, s, append(slices.Clone(folds), "empty")...)
	next := map[string]uint64{}
	for i := range 18 {
		fold := folds[(i+i/4)%3]
		next[fold]++
		say(t, s, fold, next[fold], "alice", fmt.Sprintf("common in%s %d", fold, 1)) // the number of a room, too
	}
	for _, fold := range folds {
		var want []uint64
		for seq := range next[fold] {
			want = append(want, seq+1)
		}
		for name, terms := range map[string][]history.Term{"common": words("common 1"), "its own": words("in" + fold), "none": nil} {
			if got := search(t, s, fold, history.Query{Terms: terms, Limit: 99}); got != fmt.Sprint(want) {
				t.Errorf("%s, words %s: got %s, want %d", fold, name, got, want)
			}
		}
		if got := search(t, s, fold, history.Query{Terms: words("in" + strings.Repeat("z", len(fold))), Limit: 99}); got != "[]" {
			t.Errorf("%s: found %s of another room", fold, got)
		}
	}
	if got := search(t, s, "empty", history.Query{Limit: 99}); got != "[]" {
		t.Errorf("found %s in a room without posts", got)
	}
}

func findsAtOnce(t *testing.T, s history.Store) {
	create(t, s, "go")
	for seq := range uint64(40) {
		word := fmt.Sprint("w", seq)
		say(t, s, "go", seq+1, "alice", word+" of many")
		if got := search(t, s, "go", history.Query{Terms: words(word), Limit: 9}); got != fmt.Sprint([]uint64{seq + 1}) {
			t.Fatalf("%s: found %s", word, got)
		}
		if got := search(t, s, "go", history.Query{Terms: words("many"), Limit: 2}); got != fmt.Sprint([]uint64{seq, seq + 1}) && seq > 0 {
			t.Fatalf("after %d posts: found %s", seq+1, got)
		}
	}
}
