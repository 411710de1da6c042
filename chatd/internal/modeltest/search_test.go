package modeltest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

func (m *model) search(u *user, c command) ([]string, code) {
	q, good := parseQuery(c.text)
	r, wrong := m.at(u, c)
	switch {
	case !good:
		return nil, "bad-arguments"
	case wrong != "":
		return nil, wrong
	}
	var seqs []int
	for i, p := range r.posts {
		if q.matches(p) && (q.before == 0 || i+1 < q.before) {
			seqs = append(seqs, i+1)
		}
	}
	seqs = last(seqs, q.limit)
	return append(r.past(seqs), fmt.Sprintf("OK SEARCH %s %d %d", r.name, len(seqs), len(r.posts))), ""
}

// A query is the text of a SEARCH, taken apart.
type query struct {
	terms         []term
	from          string // "": anybody
	before, limit int    // before 0: all
}

// A term is words that stand next to each other.
type term struct {
	words  []string
	prefix bool // the last one need only begin so
}

var searchWord = regexp.MustCompile(`"([^"]*)"(\*?)|[^ \t]+`)

// parseQuery takes the text of a SEARCH apart.
func parseQuery(text string) (q query, good bool) {
	q.limit, good = 20, true
	for _, found := range searchWord.FindAllStringSubmatch(text, -1) {
		word := found[0]
		key, value, _ := strings.Cut(word, ":")
		isNumber := regexp.MustCompile(`^[1-9][0-9]*$`).MatchString(value)
		switch {
		case word[0] == '"':
			q.add(found[1], found[2] != "")
		case key == "from":
			q.from, good = fold(value), good && nickName.MatchString(value)
		case key == "before":
			q.before, _ = number(value)
			good = good && isNumber
		case key == "limit":
			q.limit, _ = number(value)
			good = good && isNumber && q.limit <= maxPosts
		default:
			begin, prefix := strings.CutSuffix(word, "*")
			q.add(begin, prefix)
			good = good && (!prefix || utf8.RuneCountInString(begin) >= 2)
		}
	}
	return q, good && (len(q.terms) > 0 || q.from != "")
}

func (q *query) add(text string, prefix bool) {
	if words := wordsOf(text); len(words) > 0 {
		q.terms = append(q.terms, term{words, prefix})
	}
}

// matches reports whether all that is asked for, but its number, is true of p.
func (q *query) matches(p post) bool {
	words := wordsOf(strings.Join(p.lines, "\n"))
	missing := slices.ContainsFunc(q.terms, func(t term) bool { return !t.in(words) })
	return !missing && (q.from == "" || q.from == fold(p.nick))
}

// wordsOf returns the words of a text as a search compares them.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// in reports whether the words of a text hold the term.
func (t term) in(words []string) bool {
	for ; len(words) >= len(t.words); words = words[1:] {
		if t.begins(words) {
			return true
		}
	}
	return false
}

// begins reports whether words begin with the term.
func (t term) begins(words []string) bool {
	last := len(t.words) - 1
	for i, w := range t.words {
		if words[i] != w && !(i == last && t.prefix && strings.HasPrefix(words[i], w)) {
			return false
		}
	}
	return true
}
