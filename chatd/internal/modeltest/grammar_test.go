package modeltest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of protocol.md, "Limits". The line is shorter here, so that tests
// reach its limit.
const (
	maxLine     = 512
	maxName     = 32
	maxTopic    = 400
	maxKey      = 64
	maxPosts    = 1000
	maxPresence = 3 // members; see --presence
)

// A command is a line from the client, taken apart.
type command struct {
	room, once, verb string
	words            []string
	text             string
	hasText          bool
}

// A row is what protocol.md's table of commands says of a verb.
type row struct {
	min, max   int
	text       string // "", "may" or "must"
	room, once bool
	run        func(*model, *user, command) ([]string, code)
}

// A code is that of an ERR line; "" is OK.
type code string

var letters = regexp.MustCompile(`^[A-Za-z]{1,16}$`)

// parse takes a line apart. The command has its verb even where the rest is
// refused; "-" where there is none.
func parse(line string, talk bool) (command, code) {
	c := command{verb: "-"}
	if talk && !strings.HasPrefix(line, "/") || talk && strings.HasPrefix(line, "//") {
		text := clean(strings.TrimPrefix(line, "/"))
		c.verb, c.text, c.hasText = "POST", text, true
		if !utf8.ValidString(line) {
			return c, "bad-utf8"
		}
		return c, need(text != "", "bad-arguments")
	}
	rest := strings.TrimPrefix(strings.TrimLeft(line, " \t"), "/")
	rest, refused := c.prefixes(rest)
	word, rest := cut(rest)
	if letters.MatchString(word) {
		c.verb = strings.ToUpper(word)
	}
	r, known := rows[c.verb]
	switch {
	case !utf8.ValidString(line):
		return c, "bad-utf8"
	case refused != "":
		return c, refused
	case !known:
		return c, "unknown-command"
	case c.room != "" && !r.room, c.once != "" && !r.once:
		return c, "bad-arguments"
	}
	return c, c.arguments(r, rest)
}

// prefixes takes IN room and ONCE key off the line, in this order.
func (c *command) prefixes(line string) (rest string, refused code) {
	if word, rest := cut(line); strings.EqualFold(word, "IN") {
		c.room, line = cut(rest)
		if c.room == "" || blank(line) {
			return line, "bad-arguments"
		}
	}
	if word, rest := cut(line); strings.EqualFold(word, "ONCE") {
		c.once, line = cut(rest)
		switch {
		case c.once == "" || blank(line):
			return line, "bad-arguments"
		case len(c.once) > maxKey:
			return line, "too-long"
		case strings.ContainsFunc(c.once, func(r rune) bool { return r < '!' || r > '~' }):
			return line, "bad-arguments"
		}
	}
	if word, rest := cut(line); strings.EqualFold(word, "IN") {
		_, rest = cut(rest)
		return rest, "bad-arguments"
	}
	return line, ""
}

// arguments takes the words of a verb and the text behind them.
func (c *command) arguments(r row, rest string) code {
	for r.text == "" || len(c.words) < r.max {
		word, after := cut(rest)
		if word == "" {
			break
		}
		c.words, rest = append(c.words, word), after
	}
	if len(c.words) < r.min || len(c.words) > r.max {
		return "bad-arguments"
	}
	if c.hasText = r.text != "" && len(rest) > 1; c.hasText {
		c.text = clean(rest[1:])
	}
	return need(c.text != "" || !c.hasText && r.text != "must", "bad-arguments")
}

func need(ok bool, otherwise code) code {
	if ok {
		return ""
	}
	return otherwise
}

func blank(s string) bool { return strings.Trim(s, " \t") == "" }

// cut takes the first word off a line; what is left begins with the blank
// behind it.
func cut(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t")
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// clean is as much of sanitising as the tests' texts need: controls and the
// blank without width.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r != '\t' && unicode.IsControl(r) || r == '\u200b' {
			return -1
		}
		return r
	}, s)
}

var (
	roomName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$`)
	nickName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,31}$`)
	alike    = strings.NewReplacer("0", "o", "1", "l", "i", "l", "rn", "m", "vv", "w")
)

// fold is how names are compared, and skeleton how they look: of ASCII names,
// of which the tests' are.
func fold(name string) string     { return strings.ToLower(name) }
func skeleton(name string) string { return alike.Replace(fold(name)) }
