package lineeditor

import (
	"strings"
)

// maxOffered is how many words are listed where several fit.
const maxOffered = 50

// SetCompleter has Tab offer what complete returns for the line up to the cursor: words
// that may stand in place of its last one. ReadLine calls it.
func (e *Editor) SetCompleter(complete func(line string) []string) { e.completer.Store(&complete) }

// onKey is the Terminal's callback for each key that it has no use for itself.
func (e *Editor) onKey(line string, pos int, key rune) (newLine string, newPos int, ok bool) {
	before, after := line[:pos], line[pos:]
	switch {
	case key == '\t':
		before, after = e.complete(before, after)
	case key == keyCtrlD && line == "":
		e.screen.keys.ended = true
	case reserved(key), needsFiller(key) && len(line) < maxLine:
		before, after = edit(before, after, key)
	default:
		return "", 0, false
	}
	return before + after, len(before), true
}

// complete completes the word before the cursor, or lists what it may become.
func (e *Editor) complete(before, after string) (newBefore, newAfter string) {
	complete := e.completer.Load()
	if complete == nil {
		return before, after
	}
	words := (*complete)(unfill(before))
	start := strings.LastIndexByte(before, ' ') + 1
	word := unfill(before[start:])
	switch common := commonPrefix(words); {
	case len(words) == 1:
		word = common + " "
		after = strings.TrimPrefix(after, " ")
	case len(common) > len(word):
		word = common
	case len(words) > 1:
		e.show(offered(words))
	}
	return before[:start] + fill(word), after
}

func offered(words []string) []string {
	if len(words) > maxOffered {
		return append(words[:maxOffered:maxOffered], "…")
	}
	return words
}

// commonPrefix returns what all words begin with.
func commonPrefix(words []string) string {
	if len(words) == 0 {
		return ""
	}
	common := []rune(words[0])
	for _, word := range words[1:] {
		n := 0
		for _, r := range word {
			if n == len(common) || common[n] != r {
				break
			}
			n++
		}
		common = common[:n]
	}
	return string(common)
}
