package history

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"linechat/chatd/proto"
)

// A Query selects posts; all its conditions must hold.
type Query struct {
	Terms         []Term
	Nick          string // the fold of the nick that posted; "": any
	After, Before uint64 // only numbers between these; Before 0: up to the newest
	Limit         int    // at most this many, the newest
}

// A Term is consecutive words of a text, in this order, as Words splits it.
type Term struct {
	Words  []string
	Prefix bool // the last word need only begin so
}

// Hits is what Search found.
type Hits struct {
	Seqs []uint64 // the numbers of the posts, ascending
	// The first and the last number that the search did not get to in time; both 0:
	// none.
	MissedFrom, MissedTo uint64
}

// Matches reports whether the query's nick and terms apply to a post.
func (q *Query) Matches(nick, text string) bool {
	if q.Nick != "" && FoldNick(nick) != q.Nick {
		return false
	}
	if len(q.Terms) == 0 {
		return true
	}
	words := Words(text)
	for _, t := range q.Terms {
		if !t.in(words) {
			return false
		}
	}
	return true
}

func (t *Term) in(words []string) bool {
	for ; len(words) >= len(t.Words); words = words[1:] {
		if t.begins(words) {
			return true
		}
	}
	return false
}

// begins reports whether words, of which there are enough, begin with the term.
func (t *Term) begins(words []string) bool {
	last := len(t.Words) - 1
	for i, w := range t.Words {
		if words[i] != w && !(t.Prefix && i == last && strings.HasPrefix(words[i], w)) {
			return false
		}
	}
	return true
}

// FoldNick returns the fold of a post's nick.
func FoldNick(nick string) string {
	name, err := proto.ParseNick(nick)
	if err != nil {
		return nick
	}
	return name.Fold
}

// Words splits a text into words as a search compares them: runs of letters and digits,
// folded without case and accents. In scripts that put no spaces between words each
// character is a word.
func Words(text string) []string {
	words := make([]string, 0, len(text)/5+1)
	start := -1
	text = foldText(text)
	for i, r := range text {
		kind := kindOf(r)
		if start >= 0 && kind != inWord {
			words = append(words, text[start:i])
			start = -1
		}
		if kind == wholeWord {
			words = append(words, string(r))
		} else if kind == inWord && start < 0 {
			start = i
		}
	}
	if start >= 0 {
		words = append(words, text[start:])
	}
	return words
}

// A runeKind says how a character takes part in words.
type runeKind uint8

const (
	noWord runeKind = iota
	inWord
	wholeWord
)

func kindOf(r rune) runeKind {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		return inWord
	case r < 0x80 || !unicode.In(r, unicode.L, unicode.N):
		return noWord
	case unicode.In(r, unspaced...):
		return wholeWord
	}
	return inWord
}

var unspaced = []*unicode.RangeTable{
	unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar,
}

// foldText removes case and accents.
func foldText(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	folded, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), cases.Fold(), norm.NFKC), text)
	if err != nil {
		return strings.ToLower(text)
	}
	return folded
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
