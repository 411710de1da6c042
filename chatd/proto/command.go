package proto

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// MaxKey is the most bytes of a key of NICK or ONCE (protocol.md, "Limits").
const MaxKey = 64

// A Command is one line from a client (protocol.md, "Lines from the client").
type Command struct {
	Room  string // the prefix IN; "": none
	Once  string // the prefix ONCE; "": none
	Verb  string // in capitals
	Words []string
	Text  string // sanitised
}

// A Reading says how a line without a slash is read.
type Reading uint8

// Commands reads every line as a command; Talk reads those without a slash as
// the text of a POST (protocol.md, "SET").
const (
	Commands Reading = iota
	Talk
)

// ParseCommand reads one line, without its end, and checks it against the row
// of its verb, which it returns. A line of blanks has neither verb nor error.
// An error is an *Error; the Command then holds what was understood, so that
// the answer can name the verb.
func ParseCommand(line string, reading Reading) (Command, *Verb, error) {
	var c Command
	if !utf8.ValidString(line) {
		c.Verb = verbOf(line)
		return c, nil, &Error{Code: BadUTF8, Text: "the line is not UTF-8; set your terminal or program to UTF-8"}
	}
	if strings.Trim(line, " \t") == "" {
		return c, nil, nil
	}
	if text, ok := spoken(line, reading); ok {
		c.Verb, c.Text = "POST", Clean(text)
		verb := LookupVerb("POST")
		return c, verb, c.checkText(verb)
	}
	rest := strings.TrimLeft(line, " \t")
	rest, slash := strings.CutPrefix(rest, "/")
	rest, err := c.takePrefixes(rest)
	if err != nil {
		return c, nil, err
	}
	word, rest := cutWord(rest)
	c.Verb = upper(word)
	verb := LookupVerb(c.Verb)
	if verb == nil {
		return c, nil, c.unknown(slash)
	}
	return c, verb, c.takeArguments(verb, rest)
}

// spoken returns the text of a line that talk turns into a POST.
func spoken(line string, reading Reading) (text string, ok bool) {
	if reading != Talk {
		return "", false
	}
	if strings.HasPrefix(line, "//") {
		return line[1:], true
	}
	return line, line[0] != '/'
}

// cutWord splits off the first word of s. What follows keeps the blank that
// separates them.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t")
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// takePrefixes takes IN and ONCE, in this order, off the beginning of s.
func (c *Command) takePrefixes(s string) (rest string, err error) {
	prefixes := []struct {
		name, what, form string
		to               *string
	}{
		{"IN", "a room", "IN room POST text", &c.Room},
		{"ONCE", "a key", "ONCE key POST text", &c.Once},
	}
	for _, p := range prefixes {
		word, after := cutWord(s)
		if !strings.EqualFold(word, p.name) {
			continue
		}
		*p.to, s = cutWord(after)
		if *p.to == "" || strings.Trim(s, " \t") == "" {
			return s, refuse(BadArguments, "%s wants %s and a command behind it: %s", p.name, p.what, p.form)
		}
	}
	return s, c.checkKey()
}

func (c *Command) checkKey() error {
	if len(c.Once) > MaxKey {
		return &Error{Code: TooLong, Limit: MaxKey, Text: fmt.Sprintf("a key has at most %d bytes, this one %d", MaxKey, len(c.Once))}
	}
	for i := range len(c.Once) {
		if c.Once[i] < '!' || c.Once[i] > '~' {
			return refuse(BadArguments, "a key is of the printable characters of ASCII")
		}
	}
	return nil
}

func (c *Command) unknown(slash bool) error {
	name := c.VerbWord()
	near := Suggest(name)
	switch {
	case c.Verb == "" && slash:
		return refuse(UnknownCommand, "a slash wants a command behind it; HELP lists them")
	case name == "-":
		return refuse(UnknownCommand, "a command is a word of letters; HELP lists them")
	case near != "":
		return refuse(UnknownCommand, "there is no command %s; did you mean %s?", name, near)
	}
	return refuse(UnknownCommand, "there is no command %s; HELP lists them", name)
}

// takeArguments takes words and text from rest, which begins with the blank
// behind the verb, and checks them against the verb's row.
func (c *Command) takeArguments(v *Verb, rest string) error {
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
		return refuse(BadArguments, "%s takes no more than %d of its words: %s", v.Name, v.Max, v.Form())
	}
	if v.Text != NoText && rest != "" {
		c.Text = Clean(rest[1:])
	}
	return c.checkText(v)
}

func (c *Command) checkText(v *Verb) error {
	if v.Text == NeedsText && c.Text == "" {
		return refuse(BadArguments, "%s needs a text: %s", v.Name, v.Form())
	}
	return nil
}

// VerbWord returns the verb as an ERR line names it: "-" where the line had
// none that can be named.
func (c *Command) VerbWord() string {
	if len(c.Verb) == 0 || len(c.Verb) > 16 {
		return "-"
	}
	for i := range len(c.Verb) {
		if c.Verb[i] < 'A' || c.Verb[i] > 'Z' {
			return "-"
		}
	}
	return c.Verb
}

// VerbOf returns the verb that line begins with, in capitals, however
// malformed the rest is: for answers to lines that cannot be parsed.
func VerbOf(line []byte) string { return verbOf(string(line[:min(len(line), 256)])) }

func verbOf(line string) string {
	var c Command
	rest, _ := strings.CutPrefix(strings.TrimLeft(line, " \t"), "/")
	rest, _ = c.takePrefixes(rest)
	word, _ := cutWord(rest)
	c.Verb = upper(word)
	return c.VerbWord()
}

// Append appends the command as a line that ends in LF. A field that would
// change the meaning of the line (a blank or an empty word where a word must
// be, a line break or NUL anywhere) is an *Error of code BadArguments, and
// nothing is appended.
func (c Command) Append(dst []byte) ([]byte, error) {
	line := make([]byte, 0, 64+len(c.Text))
	if c.Room != "" {
		line = append(append(append(line, "IN "...), c.Room...), ' ')
	}
	if c.Once != "" {
		line = append(append(append(line, "ONCE "...), c.Once...), ' ')
	}
	line = append(line, c.Verb...)
	for _, word := range append([]string{c.Verb}, c.Words...) {
		if word == "" || strings.ContainsAny(word, " \t") {
			return dst, refuse(BadArguments, "a word of a command must not be empty or hold blanks")
		}
	}
	if strings.ContainsAny(c.Room+c.Once, " \t") {
		return dst, refuse(BadArguments, "a prefix must not hold blanks")
	}
	for _, word := range c.Words {
		line = append(append(line, ' '), word...)
	}
	if c.Text != "" {
		line = append(append(line, ' '), c.Text...)
	}
	if strings.ContainsAny(string(line), "\n\r\x00") {
		return dst, refuse(BadArguments, "a command must not hold line breaks or NUL")
	}
	return append(append(dst, line...), '\n'), nil
}

func refuse(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// upper puts the letters of ASCII into capitals, and no others: verbs are ALPHA.
func upper(word string) string {
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, word)
}
