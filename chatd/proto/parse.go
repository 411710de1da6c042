package proto

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// errLine is the error of ParseLine for a line that is not of the protocol.
var errLine = errors.New("not a line of protocol " + Greeting)

// ParseLine parses one line from the server, without its end, in text or JSON.
// A further line of a post becomes a Line of type MORE. An unknown verb or
// keyword is not an error, since clients ignore it: an OK then has only its
// Verb, another line only its Type and Text.
func ParseLine(line string) (Line, error) {
	if strings.HasPrefix(line, "{") {
		return parseJSON(line)
	}
	var l Line
	word, rest, _ := strings.Cut(line, " ")
	if Keyword(word) == PAST {
		stamp, after, _ := strings.Cut(rest, " ")
		t, err := time.Parse(TimeLayout, stamp)
		if err != nil {
			return l, errLine
		}
		l.Past, l.Time = true, t
		word, rest, _ = strings.Cut(after, " ")
	}
	l.Type = Keyword(word)
	if l.Type == OK {
		l.Verb, rest, _ = strings.Cut(rest, " ")
	}
	if word == "" || strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return l, errLine
	}
	fields := l.shape()
	if fields == nil {
		l.Text = rest
		return l, nil
	}
	return l, l.parseFields(fields, rest)
}

func (l *Line) parseFields(fields shape, rest string) error {
	for _, name := range fields {
		name, optional := strings.CutPrefix(name, "[")
		if optional && rest == "" {
			return nil
		}
		if name == "text" {
			l.Text = rest
			return nil
		}
		var word string
		word, rest, _ = strings.Cut(rest, " ")
		if word == "" {
			return errLine
		}
		if err := setWord(l.field(name), word); err != nil {
			return errLine
		}
	}
	return nil
}

func setWord(to any, word string) (err error) {
	if number, ok := to.(*uint64); ok {
		*number, err = strconv.ParseUint(word, 10, 64)
		return err
	}
	if word == "-" {
		word = ""
	}
	switch v := to.(type) {
	case *Code:
		*v = Code(word)
	case *string:
		*v = word
	}
	return nil
}
