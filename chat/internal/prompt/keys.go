package prompt

import (
	"strings"
	"unicode/utf8"

	"linechat/chat/internal/screen"
)

// A key is what one key press, or one paste, comes to.
type key struct {
	kind kind
	text string // typed: what liner is given; pasted: the paste
	over int    // pasted: how long it was, if it was too long to be kept
}

type kind int

const (
	nothing   kind = iota // a key that has no meaning here
	typed                 // a character, or a key that liner knows
	escape                // the key of that name
	enter                 //
	interrupt             // Ctrl-C
	suspend               // Ctrl-Z
	redraw                // Ctrl-L
	pasted
	focusGained
	focusLost
)

// What liner knows some keys as. It waits 50 ms for the rest of a sequence, and
// types that into the line if the machine is too busy to bring it in time: so
// keys are given as control characters where there is one.
const (
	keyUp     = "\x10"
	keyDown   = "\x0e"
	keyRight  = "\x06"
	keyLeft   = "\x02"
	keyHome   = "\x01"
	keyEnd    = "\x05"
	keyDelete = "\x1b[3~" // Ctrl-D would end an empty line
	backTab   = "\x1b[Z"
	wordLeft  = "\x1bb"
	wordRight = "\x1bf"
	killWord  = "\x1bd" // to the right
	rubWord   = "\x17"
	yankOther = "\x1by"
)

// sequences are the keys that have a meaning here, by what terminals send for
// them, in the form that nextSequence returns: ";5" stands for any modifier but
// Shift, which makes no difference. Of rxvt's, $ at the end is ~ and ^ and @ are
// ;5~. Other control characters go to liner as they are.
var sequences = map[string]key{
	"\r":   {kind: enter},
	"\n":   {kind: enter},
	"\x03": {kind: interrupt},
	"\x0c": {kind: redraw},
	"\x1a": {kind: suspend},
	"\x1b": {kind: escape},

	"\x1bb":    {kind: typed, text: wordLeft},
	"\x1bf":    {kind: typed, text: wordRight},
	"\x1bd":    {kind: typed, text: killWord},
	"\x1by":    {kind: typed, text: yankOther},
	"\x1b\x7f": {kind: typed, text: rubWord},
	"\x1b\b":   {kind: typed, text: rubWord},
	"\x1b\r":   {kind: typed, text: string(breakPlaceholder)},

	"\x1b[A":   {kind: typed, text: keyUp},
	"\x1b[B":   {kind: typed, text: keyDown},
	"\x1b[C":   {kind: typed, text: keyRight},
	"\x1b[;5C": {kind: typed, text: wordRight},
	"\x1b[D":   {kind: typed, text: keyLeft},
	"\x1b[;5D": {kind: typed, text: wordLeft},
	"\x1b[F":   {kind: typed, text: keyEnd},
	"\x1b[;5F": {kind: typed, text: keyEnd},
	"\x1b[H":   {kind: typed, text: keyHome},
	"\x1b[;5H": {kind: typed, text: keyHome},
	"\x1b[Z":   {kind: typed, text: backTab},

	"\x1b[I":   {kind: focusGained},
	"\x1b[;5I": {kind: focusGained}, // after Escape
	"\x1b[O":   {kind: focusLost},
	"\x1b[;5O": {kind: focusLost},

	"\x1b[1~":     {kind: typed, text: keyHome},
	"\x1b[1;5~":   {kind: typed, text: keyHome},
	"\x1b[7~":     {kind: typed, text: keyHome},
	"\x1b[7;5~":   {kind: typed, text: keyHome},
	"\x1b[4~":     {kind: typed, text: keyEnd},
	"\x1b[4;5~":   {kind: typed, text: keyEnd},
	"\x1b[8~":     {kind: typed, text: keyEnd},
	"\x1b[8;5~":   {kind: typed, text: keyEnd},
	"\x1b[3~":     {kind: typed, text: keyDelete},
	"\x1b[3;5~":   {kind: typed, text: killWord},
	"\x1b[200~":   {kind: pasted}, // its beginning
	"\x1b[200;5~": {kind: pasted}, // after Escape

	// Of a terminal in application mode.
	"\x1bOA":   {kind: typed, text: keyUp},
	"\x1bOB":   {kind: typed, text: keyDown},
	"\x1bOC":   {kind: typed, text: keyRight},
	"\x1bO;5C": {kind: typed, text: wordRight},
	"\x1bOD":   {kind: typed, text: keyLeft},
	"\x1bO;5D": {kind: typed, text: wordLeft},
	"\x1bOF":   {kind: typed, text: keyEnd},
	"\x1bO;5F": {kind: typed, text: keyEnd},
	"\x1bOH":   {kind: typed, text: keyHome},
	"\x1bO;5H": {kind: typed, text: keyHome},
	"\x1bOM":   {kind: enter},
	"\x1bO;5M": {kind: enter},

	// rxvt: a small letter with Shift, in application mode with Ctrl.
	"\x1b[c":   {kind: typed, text: keyRight},
	"\x1b[;5c": {kind: typed, text: wordRight},
	"\x1b[d":   {kind: typed, text: keyLeft},
	"\x1b[;5d": {kind: typed, text: wordLeft},
	"\x1bOc":   {kind: typed, text: wordRight},
	"\x1bO;5c": {kind: typed, text: wordRight},
	"\x1bOd":   {kind: typed, text: wordLeft},
	"\x1bO;5d": {kind: typed, text: wordLeft},
}

// maxSequence is the length of the longest sequence that is waited for.
const maxSequence = 4 << 10

// decode returns the key at the beginning of b, which is not empty, and its
// length, 0 if it is incomplete; with idle nothing more is going to come. What
// has no meaning here, and liner would type into the line, is nothing.
func decode(b []byte, idle bool) (key, int) {
	switch {
	case b[0] == '\x1b':
		sequence, n := nextSequence(b, idle)
		return sequences[sequence], n
	case b[0] < ' ' || b[0] == 0x7F:
		if k, ok := sequences[string(b[:1])]; ok {
			return k, 1
		}
		return key{kind: typed, text: string(b[:1])}, 1
	case !utf8.FullRune(b) && !idle:
		return key{}, 0
	}
	r, n := utf8.DecodeRune(b)
	if screen.Disturbs(r) || isNoncharacter(r) {
		return key{}, n
	}
	return key{kind: typed, text: string(r)}, n
}

// nextSequence returns the length of what begins with ESC, 0 if it is incomplete,
// and the form of it that the table has, "" for one that is in no table.
func nextSequence(b []byte, idle bool) (sequence string, n int) {
	if len(b) == 1 {
		return wholeIf(idle, "\x1b", 1)
	}
	switch c := b[1]; {
	case c == '[':
		return controlSequence(b, idle)
	case c == 'O' && len(b) == 2:
		return wholeIf(idle, "", 2)
	case c == 'O' && (b[2] < ' ' || b[2] > '~'):
		return "", 2
	case c == 'O':
		return string(b[:3]), 3
	case strings.IndexByte("]PX^_", c) >= 0:
		return "", stringLen(b, idle)
	case c == '\x1b':
		return altSequence(b, idle)
	case c < ' ' && c != '\r' && c != '\b':
		return "\x1b", 1
	case c < utf8.RuneSelf:
		return strings.ToLower(string(b[:2])), 2
	case !utf8.FullRune(b[1:]) && !idle:
		return "", 0
	}
	_, n = utf8.DecodeRune(b[1:])
	return "", 1 + n
}

// wholeIf is the result of nextSequence for what may go on, but not if idle.
func wholeIf(idle bool, sequence string, n int) (string, int) {
	if idle {
		return sequence, n
	}
	return "", 0
}

// altSequence is nextSequence for a terminal that sends ESC for Alt, before a
// sequence.
func altSequence(b []byte, idle bool) (string, int) {
	switch {
	case len(b) == 2 && !idle:
		return "", 0
	case len(b) == 2 || b[2] != '[' && b[2] != 'O':
		return "\x1b", 1
	}
	sequence, n := nextSequence(b[1:], idle)
	if n == 0 {
		return "", 0
	}
	if last := len(sequence) - 1; last > 0 && !strings.Contains(sequence, ";5") {
		sequence = sequence[:last] + ";5" + sequence[last:]
	}
	return sequence, 1 + n
}

// controlSequence is nextSequence for ESC [, parameters, and a final byte.
func controlSequence(b []byte, idle bool) (string, int) {
	for i := 2; i < len(b) && i < maxSequence; i++ {
		c := b[i]
		switch {
		case c < ' ' || c > '~': // no part of a sequence
			return "", i
		case c == '[' && i == 2: // a function key of the Linux console has one more
			if len(b) > 3 {
				return "", 4
			}
		case c >= '@' || c == '$' && b[2] != '?': // rxvt ends some in $
			return tableForm(string(b[2:i]), c), i + 1
		}
	}
	return wholeIf(idle || len(b) >= maxSequence, "", len(b))
}

// tableForm is a control sequence as the table has it.
func tableForm(parameters string, final byte) string {
	number, modifier, _ := strings.Cut(parameters, ";")
	modified := modifier != "" && modifier != "1" && modifier != "2" // 2 is Shift
	switch final {
	case '$':
		final = '~'
	case '^', '@':
		final, modified = '~', true
	}
	if final != '~' && number == "1" {
		number = ""
	}
	if modified {
		number += ";5"
	}
	return "\x1b[" + number + string(final)
}

// stringLen is the length of a string for the terminal (OSC, DCS …), an answer
// to a question that nobody here has asked.
func stringLen(b []byte, idle bool) int {
	for i := 2; i < len(b); i++ {
		if b[i] == '\a' || b[i] == '\\' && b[i-1] == '\x1b' {
			return i + 1
		}
	}
	if idle || len(b) > maxSequence {
		return len(b)
	}
	return 0
}
