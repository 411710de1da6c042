package prompt

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"linechat/chat/internal/screen"
)

// A search is for an earlier line, by what it contains. It has liner's keys,
// but is not liner's: that takes byte offsets for those of characters, and may
// panic in a line that is not ASCII.
type search struct {
	entries []string // as they are edited, oldest first
	pattern string
	found   *prefill // with the cursor at the pattern; nil: nothing yet
	at      int      // where that is among entries; len(entries): nowhere
	failed  bool     // the pattern is found no further
}

const (
	searchKey     = "\x12"
	searchBackKey = "\x13"
	cancelKey     = "\x07"
)

// A prefill is what a line begins with.
type prefill struct {
	text string
	pos  int // of the cursor, in characters; -1: at its end
}

// press gives the search a key. It reports false if the key is not for it.
func (s *search) press(k key) bool {
	r, n := utf8.DecodeRuneInString(k.text)
	switch {
	case k.kind == pasted && k.refusal() == "":
		s.extend(k.pasteInto())
	case k.kind != typed:
		return false
	case k.text == searchKey:
		s.seek(s.at-1, -1)
	case k.text == searchBackKey:
		s.seek(s.at+1, +1)
	case k.text == "\x7f" || k.text == "\b":
		_, last := utf8.DecodeLastRuneInString(s.pattern)
		s.pattern = s.pattern[:len(s.pattern)-last]
		s.at, s.found = len(s.entries), nil
		s.seek(s.at-1, -1)
	case n == len(k.text) && r >= ' ':
		s.extend(k.text)
	default:
		return false
	}
	return true
}

func (s *search) extend(pattern string) {
	s.pattern += pattern
	s.seek(min(s.at, len(s.entries)-1), -1)
}

// seek looks for the pattern in an entry and those that follow in such steps.
func (s *search) seek(at, step int) {
	s.failed = false
	if s.pattern == "" {
		return
	}
	for ; at >= 0 && at < len(s.entries); at += step {
		if before, _, ok := strings.Cut(s.entries[at], s.pattern); ok {
			s.at, s.found = at, &prefill{s.entries[at], utf8.RuneCountInString(before)}
			return
		}
	}
	s.failed = true
}

// prompt is what stands in place of the prompt.
func (s *search) prompt() string {
	kind := "reverse-i-search"
	if s.failed {
		kind = "failed " + kind
	}
	return fmt.Sprintf("(%s)`%s': ", kind, placeholderSigns.Replace(s.pattern))
}

// line is what has been found, as it is to be seen; nil: nothing yet.
func (s *search) line() *screen.Line {
	if s.found == nil {
		return nil
	}
	before := []rune(s.found.text)[:s.found.pos]
	return &screen.Line{
		Cells:  screen.CellsOf(placeholderSigns.Replace(s.found.text)),
		Cursor: len(screen.CellsOf(string(before))),
	}
}
