package proto

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxKey is the maximum length in bytes of a key of NICK or ONCE (protocol.md,
// "Limits").
const MaxKey = 64

// The limits of a PASTE: its lines, and its bytes with one for the end of each line
// (protocol.md, "Limits").
const (
	MaxPasteLines = 1000
	MaxPasteBytes = 64 << 10
)

// A Command is one line from a client (protocol.md, "Lines from the client").
type Command struct {
	Room  string // of the prefix IN; "": none
	Once  string // the key of the prefix ONCE; "": none
	Verb  string // in capitals
	Words []string
	Text  string // sanitised
}

// A Reading says how to read a line without a slash.
type Reading uint8

// Commands reads every line as a command. Talk reads a line without a slash as
// the text of a POST (protocol.md, "SET"). TalkIRC is Talk in which the commands of IRC
// are understood as well (protocol.md, "TALK").
const (
	Commands Reading = iota
	Talk
	TalkIRC
)

// ParseCommand parses one line, without its end, and checks it against the row
// of its verb, which it returns. For a line of blanks it returns neither a verb
// nor an error. An error is an *Error; the Command then holds the parts that
// were understood, so that the answer can name the verb.
func ParseCommand(line string, reading Reading) (Command, *Verb, error) {
	var c Command
	if !utf8.ValidString(line) {
		c.Verb = VerbOf([]byte(line), reading)
		return c, nil, &Error{Code: BadUTF8, Text: "the line is not UTF-8; set your terminal or program to UTF-8"}
	}
	if strings.Trim(line, " \t") == "" {
		return c, nil, nil
	}
	if text, ok := talkText(line, reading); ok {
		return c.parseTalk(text)
	}
	rest, slash := strings.CutPrefix(strings.TrimLeft(line, " \t"), "/")
	rest, refused := c.parsePrefixes(rest)
	word, rest := cutWord(rest)
	if c.Verb = upper(word); c.Verb == "?" {
		c.Verb = "HELP"
	}
	if refused != nil {
		return c, nil, refused
	}
	if reading == TalkIRC {
		rest = c.fromIRC(rest)
	}
	verb := LookupVerb(c.Verb)
	if verb == nil {
		return c, nil, c.unknownVerb(slash, reading)
	}
	return c, verb, c.parseArguments(verb, rest)
}

// cutWord splits off the first word of s. The rest begins with the blank that
// separates them.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t")
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// parsePrefixes parses IN and ONCE at the beginning of s and returns the rest.
// It consumes every prefix even when it refuses one, so that the verb is found.
func (c *Command) parsePrefixes(s string) (rest string, refused error) {
	values := []*string{&c.Room, &c.Once} // as in Prefixes
	for next := 0; ; {
		word, after := cutWord(s)
		i := slices.IndexFunc(Prefixes, func(p Prefix) bool { return strings.EqualFold(word, p.Name) })
		if i < 0 {
			return s, cmp.Or(refused, c.checkKey())
		}
		if i < next && refused == nil {
			refused = refuse(BadArguments, "IN room comes first, then ONCE key, each at most once")
		}
		next = i + 1
		if *values[i], s = cutWord(after); strings.Trim(s, " \t") == "" {
			if LookupVerb(upper(*values[i])) != nil {
				rest = *values[i] // it is a verb: the word of the prefix is missing
			}
			return rest, refuse(BadArguments, "%s needs %s and a command after it: %s", word, Prefixes[i].Wants, Prefixes[i].Form())
		}
	}
}

func (c *Command) checkKey() error {
	if len(c.Once) > MaxKey {
		return &Error{Code: TooLong, Limit: MaxKey, Text: fmt.Sprintf("a key may have at most %d bytes, and this one has %d", MaxKey, len(c.Once))}
	}
	for i := range len(c.Once) {
		if c.Once[i] < '!' || c.Once[i] > '~' {
			return refuse(BadArguments, "a key is made of printable ASCII characters")
		}
	}
	return nil
}

func (c *Command) unknownVerb(slash bool, reading Reading) error {
	name := c.VerbWord()
	speech := "to post this, put POST before it, or type TALK first"
	if reading != Commands {
		speech = "to post a line that begins with a slash, type two of them"
	}
	switch {
	case c.Verb == "" && slash:
		return refuse(UnknownCommand, "type a command after the slash; HELP lists them")
	case name == "-":
		return refuse(UnknownCommand, "a command is a word of letters, and HELP lists them; %s", speech)
	}
	if near := SuggestVerb(name); near != "" {
		return refuse(UnknownCommand, "there is no command %s; did you mean %s?", name, near)
	}
	return refuse(UnknownCommand, "there is no command %s, and HELP lists them; %s", name, speech)
}

// parseArguments parses words and text in rest, which begins with the blank
// after the verb, and checks them against the verb's row.
func (c *Command) parseArguments(v *Verb, rest string) error {
	if c.Room != "" && !v.Room {
		return refuse(BadArguments, "%s does not take the prefix IN: %s", v.Name, v.Form())
	}
	if c.Once != "" && !v.Once {
		return refuse(BadArguments, "%s does not take the prefix ONCE: %s", v.Name, v.Form())
	}
	for len(c.Words) <= v.Max && (v.Text == NoText || len(c.Words) < v.Max) {
		word, after := cutWord(rest)
		if word == "" {
			break
		}
		c.Words, rest = append(c.Words, word), after
	}
	switch {
	case len(c.Words) < v.Min:
		return refuse(BadArguments, "%s needs %s: %s", v.Name, v.Wants, v.Form())
	case len(c.Words) > v.Max && v.Max == 0:
		return refuse(BadArguments, "%s takes no words: %s", v.Name, v.Form())
	case len(c.Words) > v.Max:
		return refuse(BadArguments, "%s takes at most %d words: %s", v.Name, v.Max, v.Form())
	}
	if len(rest) <= 1 || v.Text == NoText {
		return c.checkText(v)
	}
	if c.Text = rest[1:]; v.Secret {
		return nil // a password is kept as it is
	}
	if c.Text = Clean(c.Text); c.Text == "" {
		return refuse(BadArguments, "that text has no characters that can be shown: %s", v.Form())
	}
	return nil
}

func (c *Command) checkText(v *Verb) error {
	if v.Text == NeedsText && c.Text == "" {
		return refuse(BadArguments, "%s needs a text: %s", v.Name, v.Form())
	}
	return nil
}

// VerbWord returns the verb as an ERR line names it: "-" if the line has none
// that can be named.
func (c *Command) VerbWord() string {
	if len(c.Verb) == 0 || len(c.Verb) > 16 || c.isSecret() {
		return "-"
	}
	for i := range len(c.Verb) {
		if c.Verb[i] < 'A' || c.Verb[i] > 'Z' {
			return "-"
		}
	}
	return c.Verb
}

// isSecret reports whether the verb may be a password: it is none, and stands after LOGIN,
// REGISTER or PASSWD, which have lost their place to a prefix (IN REGISTER password).
func (c *Command) isSecret() bool {
	for _, word := range []string{c.Room, c.Once} {
		if v := LookupVerb(upper(strings.TrimLeft(word, "/"))); v != nil && v.Secret {
			return LookupVerb(c.Verb) == nil
		}
	}
	return false
}

// VerbOf returns the VerbWord of a line that need not be valid UTF-8 or complete.
func VerbOf(line []byte, reading Reading) string {
	var c Command
	text := string(line[:min(len(line), 256)])
	if _, ok := talkText(text, reading); ok {
		return "POST"
	}
	rest, _ := strings.CutPrefix(strings.TrimLeft(text, " \t"), "/")
	rest, _ = c.parsePrefixes(rest)
	word, _ := cutWord(rest)
	c.Verb = upper(word)
	return c.VerbWord()
}

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// upper puts ASCII letters into capitals and no others, for verbs are ALPHA.
func upper(word string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, word)
}
