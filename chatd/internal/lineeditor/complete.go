package lineeditor

import "strings"

// maxOffered is how many words are listed where several fit.
const maxOffered = 50

// SetCompleter has Tab offer what complete returns for the line up to the cursor: words
// that may stand in place of its last one. ReadLine calls it.
func (e *Editor) SetCompleter(complete func(line string) []string) { e.completer.Store(&complete) }

// complete is the Terminal's callback for each key.
func (e *Editor) complete(line string, pos int, key rune) (completed string, newPos int, ok bool) {
	if key != '\t' {
		return "", 0, false
	}
	complete := e.completer.Load()
	if complete == nil {
		return line, pos, true
	}
	before, after := line[:pos], line[pos:]
	words := (*complete)(before)
	start := strings.LastIndexByte(before, ' ') + 1
	word := before[start:]
	switch common := commonPrefix(words); {
	case len(words) == 1:
		word = common + " "
		after = strings.TrimPrefix(after, " ")
	case len(common) > len(word):
		word = common
	case len(words) > 1:
		e.show(offered(words))
	}
	return before[:start] + word + after, start + len(word), true
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
