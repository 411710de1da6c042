package modeltest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

func (m *model) history(u *user, c command) ([]string, code) {
	n, how, at, good := positions(c.words)
	r, wrong := m.at(u, c)
	switch {
	case !good:
		return nil, "bad-arguments"
	case wrong != "":
		return nil, wrong
	case how == "AFTER" && at > len(r.posts):
		return nil, "bad-position"
	}
	all := between(1, len(r.posts))
	seqs := last(all, n)
	switch how {
	case "BEFORE":
		seqs = last(all[:min(max(at, 1)-1, len(all))], n)
	case "AFTER", "SINCE": // in tests everything is younger than an hour
		seqs = all[at:][:min(n, len(all)-at)]
	}
	return append(r.past(seqs), fmt.Sprintf("OK HISTORY %s %d %d", r.name, len(seqs), len(all))), ""
}

// positions reads the words of HISTORY. The number of an age does not matter.
func positions(words []string) (n int, how string, at int, good bool) {
	n, good = 20, true
	if len(words)%2 == 1 {
		n, good = number(words[0])
		good, words = good && n <= maxPosts, words[1:]
	}
	if len(words) == 0 || !good {
		return n, "", 0, good
	}
	how = strings.ToUpper(words[0])
	if how == "SINCE" {
		return n, how, 0, age.MatchString(words[1])
	}
	at, good = number(words[1])
	return n, how, at, good && (how == "BEFORE" || how == "AFTER")
}

var age = regexp.MustCompile(`^[0-9]+[smhd]$`)

// number reads a number without a sign.
func number(word string) (int, bool) {
	n, err := strconv.Atoi(word)
	return n, err == nil && n >= 0
}

func last(seqs []int, n int) []int { return seqs[max(0, len(seqs)-n):] }
