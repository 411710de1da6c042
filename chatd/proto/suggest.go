package proto

import "strings"

// verbsElsewhere is what other chats call the commands of this one.
var verbsElsewhere = map[string]string{
	"BYE": "QUIT", "EXIT": "QUIT", "LIST": "ROOMS", "MSG": "TELL", "NAMES": "WHO", "PART": "LEAVE", "PRIVMSG": "TELL", "SAY": "POST", "USERS": "WHO", "WHISPER": "TELL",
}

// SuggestVerb returns the verb that an unknown one, in capitals, was most
// likely meant to be, or "" if none is similar.
func SuggestVerb(unknown string) string {
	if verb, ok := verbsElsewhere[unknown]; ok {
		return verb
	}
	names := make([]string, len(Verbs))
	for i := range Verbs {
		names[i] = Verbs[i].Name
	}
	return Suggest(unknown, names)
}

// minBeginning is how many bytes of a name say which one is meant.
const minBeginning = 3

// Suggest returns the one of known that a misspelt word was most likely meant
// to be, or "" if none is similar. It ignores the case of ASCII letters. A name
// that begins with the word, of three bytes or more, comes first. Otherwise two
// names are similar if one edit turns one into the other, or two where the word has
// six bytes or more: two of fewer make another word, such as HELLO and HELP. An edit inserts, deletes or
// replaces a byte, or exchanges two neighbours.
func Suggest(word string, known []string) string {
	word = upper(word)
	for _, name := range known {
		if len(word) >= minBeginning && strings.HasPrefix(upper(name), word) {
			return name
		}
	}
	maxEdits := 1
	if len(word) >= 6 {
		maxEdits = 2
	}
	best := ""
	for _, name := range known {
		if d := editDistance(word, upper(name)); d <= maxEdits {
			best, maxEdits = name, d-1
		}
	}
	return best
}

// editDistance returns the optimal string alignment distance of two short
// words: the Levenshtein distance, with an exchange of neighbours as one edit.
func editDistance(a, b string) int {
	var before []int // the row before last
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := append(make([]int, 0, len(b)+1), i+1)
		for j := range len(b) {
			replaced := last[j]
			if a[i] != b[j] {
				replaced++
			}
			d := min(replaced, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			row = append(row, d)
		}
		before, last = last, row
	}
	return last[len(b)]
}
