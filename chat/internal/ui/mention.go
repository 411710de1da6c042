package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mentions reports whether text names nick: as a word of its own, in any case.
func mentions(text, nick string) bool {
	text, nick = strings.ToLower(text), strings.ToLower(nick)
	if nick == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(text[from:], nick)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:from+i])
		after, _ := utf8.DecodeRuneInString(text[from+i+len(nick):])
		if !ofWord(before) && !ofWord(after) {
			return true
		}
		from += i + len(nick)
	}
}

// ofWord reports whether r continues a word. At the ends of a text it is
// RuneError, which does not.
func ofWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}
