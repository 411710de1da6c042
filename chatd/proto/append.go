package proto

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Append appends the command as a line that ends in LF. A PASTE that has a Text is
// followed by the lines of it, and by the "." that ends them; one that has none is
// the first line alone.
//
// It refuses what the server would not read as this one command: a verb that is
// not a word of letters, a blank in a word, an empty word, a line break or NUL, what
// is not UTF-8. It then returns dst unchanged and an *Error.
func (c Command) Append(dst []byte) ([]byte, error) {
	paste := c.Verb == "PASTE" && c.Text != ""
	if err := c.checkFields(paste); err != nil {
		return dst, err
	}
	if c.Room != "" {
		dst = append(append(append(dst, "IN "...), c.Room...), ' ')
	}
	if c.Once != "" {
		dst = append(append(append(dst, "ONCE "...), c.Once...), ' ')
	}
	dst = append(dst, c.Verb...)
	for _, word := range c.Words {
		dst = append(append(dst, ' '), word...)
	}
	if paste {
		return appendLines(append(dst, '\n'), c.Text), nil
	}
	if c.Text != "" {
		dst = append(append(dst, ' '), c.Text...)
	}
	return append(dst, '\n'), nil
}

// appendLines appends the lines of a PASTE, and their end.
func appendLines(dst []byte, text string) []byte {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, ".") {
			dst = append(dst, '.')
		}
		dst = append(append(dst, line...), '\n')
	}
	return append(dst, ".\n"...)
}

func (c *Command) checkFields(paste bool) error {
	isVerb := func(p Prefix) bool { return p.Name == c.Verb }
	switch {
	case c.VerbWord() != c.Verb || slices.ContainsFunc(Prefixes, isVerb):
		return refuse(UnknownCommand, "a verb is a word of up to 16 letters")
	case slices.ContainsFunc(c.Words, isNoWord) || hasBlank(c.Room) || hasBlank(c.Once):
		return refuse(BadArguments, "a word of a command must not be empty or contain blanks")
	case len(c.Once) > MaxKey:
		return &Error{Code: TooLong, Limit: MaxKey, Text: fmt.Sprintf("a key may have at most %d bytes", MaxKey)}
	case paste && utf8.RuneCountInString(c.Room) > MaxNameRunes:
		// In a line that is too long the server looks for the verb only at the
		// beginning. If it does not see PASTE it takes the lines for commands.
		return &Error{Code: BadName, Limit: MaxNameRunes, Text: fmt.Sprintf("a name has at most %d characters", MaxNameRunes)}
	}
	breaks := "\n\r\x00"
	if paste {
		breaks = "\r\x00"
	}
	if err := checkText(c.Text, breaks); err != nil {
		return err
	}
	for _, word := range append([]string{c.Room, c.Once}, c.Words...) {
		if err := checkText(word, "\n\r\x00"); err != nil {
			return err
		}
	}
	return nil
}

func hasBlank(word string) bool { return strings.ContainsAny(word, " \t") }

func isNoWord(word string) bool { return word == "" || hasBlank(word) }

// checkText refuses what is not UTF-8, among which are the bytes of telnet commands,
// which may swallow whole lines; and what breaks a line.
func checkText(text, breaks string) error {
	switch {
	case !utf8.ValidString(text):
		return refuse(BadUTF8, "the text is not UTF-8")
	case strings.ContainsAny(text, breaks):
		return refuse(BadArguments, "line breaks and NUL cannot be sent")
	}
	return nil
}
