package ui

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// idleTimeout is how long somebody types nothing until what comes counts as unread.
const idleTimeout = 10 * time.Minute

// An unreadMark is whether the person has been looking.
type unreadMark struct {
	away   bool      // the window is not in focus
	typed  time.Time // when something was entered
	marked bool      // the first unread post has its mark
}

// setFocus notes that the window has gained or lost the focus.
func (a *unreadMark) setFocus(gained bool) { a.away, a.marked = !gained, false }

// noteInput notes that something was entered.
func (a *unreadMark) noteInput(now time.Time) { a.typed, a.marked = now, false }

// startsUnread reports whether a post that comes now is the first unread one.
func (a *unreadMark) startsUnread(now time.Time) bool {
	if a.marked || !a.away && now.Sub(a.typed) < idleTimeout {
		return false
	}
	a.marked = true
	return true
}

// mentions reports whether a text has the nick as a word, in any case.
func mentions(text, nick string) bool {
	text, nick = strings.ToLower(text), strings.ToLower(nick)
	for from := 0; nick != ""; {
		i := strings.Index(text[from:], nick)
		if i < 0 {
			return false
		}
		begin := from + i
		end := begin + len(nick)
		if !endsInName(text[:begin]) && !beginsInName(text[end:]) {
			return true
		}
		from = end
	}
	return false
}

// endsInName reports whether a name that stands behind text would go on from it.
func endsInName(text string) bool {
	r, n := utf8.DecodeLastRuneInString(text)
	if r == '-' || r == '.' {
		r, _ = utf8.DecodeLastRuneInString(text[:len(text)-n])
	}
	return isNameRune(r)
}

// beginsInName reports whether text goes on the name before it. A full stop or
// a dash does so only where more of the name follows.
func beginsInName(text string) bool {
	r, n := utf8.DecodeRuneInString(text)
	if r == '-' || r == '.' {
		r, _ = utf8.DecodeRuneInString(text[n:])
	}
	return isNameRune(r)
}

func isNameRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_')
}
