package client

import (
	"unicode"
	"unicode/utf8"

	"linechat/chatd/proto"
)

// Own reports whether a message is the client's own: of the nick that is in use.
// One that was posted under an earlier nick is not.
func (c *Client) Own(m Message) bool { return c.Session().Own(m) }

// Mentions reports whether a message has the client's nick as a word, in any case
// and width, and is not the client's own.
func (c *Client) Mentions(m Message) bool { return c.Session().Mentions(m) }

// Own reports whether a message is the client's own.
func (s Session) Own(m Message) bool { return m.Nick == s.Nick }

// Mentions reports whether a message has the nick as a word, and is not the
// client's own.
func (s Session) Mentions(m Message) bool { return !s.Own(m) && mentions(m.Text, s.Nick) }

// mentions reports whether a text has a nick as a word. As everywhere in the
// protocol, case and width do not matter (protocol.md, "Names and text").
func mentions(text, nick string) bool {
	name, err := proto.ParseNick(nick)
	if err != nil {
		return false
	}
	for begin, r := range text {
		if unicode.IsLetter(r) && !endsInName(text[:begin]) && beginsWith(text[begin:], name) {
			return true
		}
	}
	return false
}

// beginsWith reports whether text begins with a name, and does not go on with it.
func beginsWith(text string, name proto.Name) bool {
	runes := 0
	for end, r := range text {
		if !beginsInName(text[end:]) && name.Is(text[:end]) {
			return true
		}
		if runes++; runes > proto.MaxNameRunes || !isNameRune(r) && r != '-' && r != '.' {
			return false
		}
	}
	return name.Is(text)
}

// endsInName reports whether a name that follows text would go on from it.
func endsInName(text string) bool {
	r, n := utf8.DecodeLastRuneInString(text)
	if r == '-' || r == '.' {
		r, _ = utf8.DecodeLastRuneInString(text[:len(text)-n])
	}
	return isNameRune(r)
}

// beginsInName reports whether text goes on with a name that ends where it begins. A
// full stop or a dash does so only where more of the name follows.
func beginsInName(text string) bool {
	r, n := utf8.DecodeRuneInString(text)
	if r == '-' || r == '.' {
		r, _ = utf8.DecodeRuneInString(text[n:])
	}
	return isNameRune(r)
}

func isNameRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}
