package prompt

import (
	"strings"
	"unicode/utf8"

	"linechat/chat/internal/screen"
)

// A key is what one key press, or one paste, comes to.
type key struct {
	kind    kind
	text    string // typed: what liner is given; pasted: the paste
	dropped int    // pasted: how long it was, if it was too long to be kept
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
// them, as nextSequence returns it: without a modifier but Shift, and with one.
// Other control characters go to liner as they are.
var sequences = map[string]struct{ plain, modified key }{
	"\r":   {plain: key{kind: enter}},
	"\n":   {plain: key{kind: enter}},
	"\x03": {plain: key{kind: interrupt}},
	"\x0c": {plain: key{kind: redraw}},
	"\x1a": {plain: key{kind: suspend}},
	"\x1b": {plain: key{kind: escape}},

	"\x1bb":    {plain: types(wordLeft)},
	"\x1bf":    {plain: types(wordRight)},
	"\x1bd":    {plain: types(killWord)},
	"\x1by":    {plain: types(yankOther)},
	"\x1b\x7f": {plain: types(rubWord)},
	"\x1b\b":   {plain: types(rubWord)},
	"\x1b\r":   {plain: types(string(breakPlaceholder))},

	"\x1b[A":  {plain: types(keyUp)},
	"\x1b[B":  {plain: types(keyDown)},
	"\x1b[C":  {types(keyRight), types(wordRight)},
	"\x1b[D":  {types(keyLeft), types(wordLeft)},
	"\x1b[F":  {types(keyEnd), types(keyEnd)},
	"\x1b[H":  {types(keyHome), types(keyHome)},
	"\x1b[Z":  {types(backTab), types(backTab)},
	"\x1b[1~": {types(keyHome), types(keyHome)},
	"\x1b[7~": {types(keyHome), types(keyHome)},
	"\x1b[4~": {types(keyEnd), types(keyEnd)},
	"\x1b[8~": {types(keyEnd), types(keyEnd)},
	"\x1b[3~": {types(keyDelete), types(killWord)},
	"\x1bOM":  {key{kind: enter}, key{kind: enter}}, // of the number pad

	// rxvt: with Shift, and with Ctrl.
	"\x1b[c": {types(keyRight), types(wordRight)},
	"\x1b[d": {types(keyLeft), types(wordLeft)},
	"\x1bOc": {types(wordRight), types(wordRight)},
	"\x1bOd": {types(wordLeft), types(wordLeft)},

	// No keys; after Escape, they seem to come with Alt.
	"\x1b[200~": {key{kind: pasted}, key{kind: pasted}}, // the beginning of a paste
	"\x1b[I":    {key{kind: focusGained}, key{kind: focusGained}},
	"\x1b[O":    {key{kind: focusLost}, key{kind: focusLost}},
}

// types is a key that gives liner this.
func types(text string) key { return key{kind: typed, text: text} }

// maxSequence is the length of the longest sequence that is waited for.
const maxSequence = 4 << 10

// decode returns the key at the beginning of b, which is not empty, and its
// length, 0 if it is incomplete; with idle nothing more is going to come. What
// has no meaning here, and liner would type into the line, is nothing.
func decode(b []byte, idle bool) (key, int) {
	switch {
	case b[0] == '\x1b':
		sequence, modified, n := nextSequence(b, idle)
		if modified {
			return sequences[sequence].modified, n
		}
		return sequences[sequence].plain, n
	case b[0] < ' ' || b[0] == 0x7F:
		if k, ok := sequences[string(b[:1])]; ok {
			return k.plain, 1
		}
		return types(string(b[:1])), 1
	case !utf8.FullRune(b) && !idle:
		return key{}, 0
	}
	r, n := utf8.DecodeRune(b)
	if screen.Disturbs(r) || isNoncharacter(r) {
		return key{}, n
	}
	return types(string(r)), n
}

// nextSequence returns the length of what begins with ESC, 0 if it is incomplete,
// the form of it that the table has, "" for one that is in no table, and whether
// there is a modifier, but for Shift, in it.
func nextSequence(b []byte, idle bool) (sequence string, modified bool, n int) {
	if len(b) == 1 {
		return "\x1b", false, lengthIfIdle(idle, 1)
	}
	switch c := b[1]; {
	case c == '[':
		return controlSequence(b, idle)
	case c == 'O' && len(b) == 2:
		return "", false, lengthIfIdle(idle, 2)
	case c == 'O' && (b[2] < ' ' || b[2] > '~'):
		return "", false, 2
	case c == 'O' && strings.IndexByte("ABCDFH", b[2]) >= 0: // in application mode
		return "\x1b[" + string(b[2:3]), false, 3
	case c == 'O':
		return string(b[:3]), false, 3
	case strings.IndexByte("]PX^_", c) >= 0:
		return "", false, stringLen(b, idle)
	case c == '\x1b':
		return altSequence(b, idle)
	case c < ' ' && c != '\r' && c != '\b':
		return "\x1b", false, 1
	case c < utf8.RuneSelf:
		return strings.ToLower(string(b[:2])), false, 2
	case !utf8.FullRune(b[1:]) && !idle:
		return "", false, 0
	}
	_, n = utf8.DecodeRune(b[1:])
	return "", false, 1 + n
}

// lengthIfIdle returns n if nothing more is going to come, and otherwise 0, for a
// sequence that is incomplete.
func lengthIfIdle(idle bool, n int) int {
	if idle {
		return n
	}
	return 0
}

// altSequence is nextSequence for a terminal that sends ESC for Alt, before a
// sequence.
func altSequence(b []byte, idle bool) (sequence string, modified bool, n int) {
	switch {
	case len(b) == 2 && !idle:
		return "", false, 0
	case len(b) == 2 || b[2] != '[' && b[2] != 'O':
		return "\x1b", false, 1
	}
	if sequence, _, n = nextSequence(b[1:], idle); n > 0 {
		n++
	}
	return sequence, true, n
}

// controlSequence is nextSequence for ESC [, parameters, and a final byte.
func controlSequence(b []byte, idle bool) (sequence string, modified bool, n int) {
	for i := 2; i < len(b) && i < maxSequence; i++ {
		c := b[i]
		switch {
		case c < ' ' || c > '~': // no part of a sequence
			return "", false, i
		case c == '[' && i == 2: // a function key of the Linux console has one more
			if len(b) > 3 {
				return "", false, 4
			}
		case c >= '@' || c == '$' && b[2] != '?': // rxvt ends some in $
			sequence, modified = tableForm(string(b[2:i]), c)
			return sequence, modified, i + 1
		}
	}
	return "", false, lengthIfIdle(idle || len(b) >= maxSequence, len(b))
}

// tableForm is a control sequence as the table has it. rxvt ends sequences in $
// with Shift, in ^ with Ctrl, in @ with both.
func tableForm(parameters string, final byte) (sequence string, modified bool) {
	number, modifier, _ := strings.Cut(parameters, ";")
	modified = modifier != "" && modifier != "1" && modifier != "2" // 2 is Shift
	switch {
	case final == '$':
		final = '~'
	case final == '^' || final == '@':
		final, modified = '~', true
	case final != '~' && final != 'I' && final != 'O' && strings.Trim(number, "0123456789") == "":
		number = "" // of a letter it says nothing
	}
	return "\x1b[" + number + string(final), modified
}

// stringLen is the length of a string for the terminal (OSC, DCS …), an answer
// to a question that nobody here has asked.
func stringLen(b []byte, idle bool) int {
	for i := 2; i < len(b); i++ {
		if b[i] == '\a' || b[i] == '\\' && b[i-1] == '\x1b' {
			return i + 1
		}
	}
	return lengthIfIdle(idle || len(b) > maxSequence, len(b))
}
