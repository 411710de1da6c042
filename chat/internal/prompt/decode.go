package prompt

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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

const (
	escapePatience   = 50 * time.Millisecond  // until an ESC is the key of that name
	sequencePatience = 200 * time.Millisecond // until what has begun is not completed
	pastePatience    = 5 * time.Second        // without a byte, until a paste has ended
	maxSequence      = 4 << 10
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
)

// finalKeys are the keys that terminals send as a sequence of such a final byte.
var finalKeys = map[byte]string{
	'A': keyUp, 'B': keyDown, 'C': keyRight, 'D': keyLeft, 'F': keyEnd, 'H': keyHome, 'Z': backTab,
}

// A decoder cuts what a terminal sends into keys. Those that liner does not
// know, and would type into the line, come out as nothing.
type decoder struct {
	buf     []byte
	pasting bool
	paste   []byte
	over    int // bytes of the paste, once it is too long
}

func (d *decoder) feed(p []byte) { d.buf = append(d.buf, p...) }

// next returns the next key. It reports false if there is none, or not yet all
// of it; with idle it takes what there is for all that comes.
func (d *decoder) next(idle bool) (key, bool) {
	for d.pasting || len(d.buf) > 0 {
		if d.pasting {
			return d.nextPaste(idle)
		}
		k, n := decode(d.buf, idle)
		if n == 0 {
			break
		}
		d.buf = d.buf[n:]
		if k.kind == pasted {
			d.pasting, d.paste, d.over = true, nil, 0
			continue
		}
		if k.kind != nothing {
			return k, true
		}
	}
	return key{}, false
}

// patience is how long to wait for the rest of what has begun, 0 if nothing
// has.
func (d *decoder) patience() time.Duration {
	switch {
	case d.pasting:
		return pastePatience
	case len(d.buf) == 0:
		return 0
	case d.buf[0] == '\x1b' && len(bytes.TrimLeft(d.buf, "\x1b")) == 0:
		return escapePatience
	}
	return sequencePatience
}

// decode returns the key at the beginning of b, which is not empty, and its
// length, 0 if it is incomplete. The kind pasted is the beginning of a paste.
func decode(b []byte, idle bool) (key, int) {
	switch b[0] {
	case '\r', '\n':
		return key{kind: enter}, 1
	case 0x03:
		return key{kind: interrupt}, 1
	case 0x0C:
		return key{kind: redraw}, 1
	case 0x1A:
		return key{kind: suspend}, 1
	case 0x1B:
		return decodeEscape(b, idle)
	}
	if b[0] < ' ' || b[0] == 0x7F {
		return key{kind: typed, text: string(b[:1])}, 1
	}
	if !utf8.FullRune(b) && !idle {
		return key{}, 0
	}
	r, n := utf8.DecodeRune(b)
	if disturbs(r) || isNoncharacter(r) {
		return key{}, n
	}
	return key{kind: typed, text: string(r)}, n
}

// decodeEscape decodes what begins with ESC.
func decodeEscape(b []byte, idle bool) (key, int) {
	if len(b) == 1 {
		if idle {
			return key{kind: escape}, 1
		}
		return key{}, 0
	}
	switch c := b[1]; {
	case c == '[':
		return decodeCSI(b, idle)
	case c == 'O':
		return decodeSS3(b, idle)
	case c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_':
		return key{}, stringLen(b, idle)
	case c == 0x1B:
		return decodeMeta(b, idle)
	case c == '\r':
		return key{kind: typed, text: string(breakPlaceholder)}, 2
	case c == 0x7F || c == '\b':
		return key{kind: typed, text: rubWord}, 2
	case c < ' ':
		return key{kind: escape}, 1
	case strings.IndexByte("bdfyBDFY", c) >= 0:
		return key{kind: typed, text: strings.ToLower(string(b[:2]))}, 2
	case !utf8.FullRune(b[1:]) && !idle:
		return key{}, 0
	}
	_, n := utf8.DecodeRune(b[1:])
	return key{}, 1 + n
}

// decodeMeta decodes a key of a terminal that sends ESC before it for Alt.
func decodeMeta(b []byte, idle bool) (key, int) {
	switch {
	case len(b) == 2 && !idle:
		return key{}, 0
	case len(b) == 2 || b[2] != '[' && b[2] != 'O':
		return key{kind: escape}, 1
	}
	k, n := decodeEscape(b[1:], idle)
	if n == 0 {
		return key{}, 0
	}
	switch k.text {
	case keyLeft:
		k.text = wordLeft
	case keyRight:
		k.text = wordRight
	case keyDelete:
		k.text = killWord
	case keyUp, keyDown:
		k = key{}
	}
	return k, 1 + n
}

// decodeSS3 decodes ESC O and what follows it, which are keys of a terminal in
// application mode.
func decodeSS3(b []byte, idle bool) (key, int) {
	if len(b) == 2 {
		if idle {
			return key{}, 2
		}
		return key{}, 0
	}
	switch c := b[2]; c {
	case 'A', 'B', 'C', 'D', 'F', 'H':
		return key{kind: typed, text: finalKeys[c]}, 3
	case 'M':
		return key{kind: enter}, 3
	case 'c':
		return key{kind: typed, text: wordRight}, 3
	case 'd':
		return key{kind: typed, text: wordLeft}, 3
	}
	if b[2] < ' ' || b[2] > '~' {
		return key{}, 2
	}
	return key{}, 3
}

// stringLen is the length of a string for the terminal (OSC, DCS …), an answer
// to a question that nobody here has asked.
func stringLen(b []byte, idle bool) int {
	for i := 2; i < len(b); i++ {
		switch {
		case b[i] == '\a':
			return i + 1
		case b[i] == '\\' && b[i-1] == 0x1B:
			return i + 1
		}
	}
	if idle || len(b) > maxSequence {
		return len(b)
	}
	return 0
}

// decodeCSI decodes ESC [, parameters, and a final byte.
func decodeCSI(b []byte, idle bool) (key, int) {
	for i := 2; i < len(b) && i < maxSequence; i++ {
		c := b[i]
		switch {
		case c < ' ' || c > '~': // no part of a sequence
			return key{}, i
		case c == '[' && i == 2: // a function key of the Linux console has one more
			if len(b) > 3 {
				return key{}, 4
			}
		case c >= '@' || c == '$' && b[2] != '?': // rxvt ends some in $
			return csiKey(string(b[2:i]), c), i + 1
		}
	}
	if idle || len(b) >= maxSequence {
		return key{}, len(b)
	}
	return key{}, 0
}

// csiKey is the key that a terminal sends as these parameters and final byte.
func csiKey(params string, final byte) key {
	first, modifier, _ := strings.Cut(params, ";")
	bare := modifier == "" || modifier == "1" || modifier == "2" // or with Shift
	switch {
	case strings.IndexByte("FH", final) >= 0, strings.IndexByte("ABCDZ", final) >= 0 && bare:
		return key{kind: typed, text: finalKeys[final]}
	case final == 'C':
		return key{kind: typed, text: wordRight}
	case final == 'D':
		return key{kind: typed, text: wordLeft}
	case final == 'c': // rxvt: with Shift
		return key{kind: typed, text: keyRight}
	case final == 'd':
		return key{kind: typed, text: keyLeft}
	case final == 'I' && params == "":
		return key{kind: focusGained}
	case final == 'O' && params == "":
		return key{kind: focusLost}
	case final == '~':
		return numberedKey(first, bare)
	case final == '$' || final == '^' || final == '@': // rxvt: Shift, Ctrl, both
		return numberedKey(first, final == '$')
	}
	return key{}
}

// numberedKey is the key with such a number.
func numberedKey(number string, bare bool) key {
	n, _ := strconv.Atoi(number)
	switch {
	case n == 1 || n == 7:
		return key{kind: typed, text: keyHome}
	case n == 4 || n == 8:
		return key{kind: typed, text: keyEnd}
	case n == 3 && bare:
		return key{kind: typed, text: keyDelete}
	case n == 3:
		return key{kind: typed, text: killWord}
	case n == 200:
		return key{kind: pasted}
	}
	return key{}
}
