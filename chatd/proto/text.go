package proto

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean returns the line s without what could disturb a terminal or deceive
// its reader (protocol.md, "Names and text"): controls except TAB, whole escape
// sequences, bidirectional and invisible characters, joiners except between
// letters or emoji, tags outside emoji flags, and bytes that are not UTF-8. It
// drops a line break like any other control.
//
// Clean takes time linear in len(s), and Clean(Clean(s)) is Clean(s). When there
// is nothing to drop it returns s itself and does not allocate.
func Clean(s string) string {
	plain := 0
	for plain < len(s) && isPlain(s[plain]) {
		plain++
	}
	if plain == len(s) {
		return s
	}
	c := cleaner{s: s, out: retained{to: plain}}
	if plain > 0 {
		c.last = rune(s[plain-1])
	}
	for i := plain; i < len(s); {
		n := disallowed(s[i:])
		if n == 0 {
			n = c.next(i)
		}
		i += n
	}
	return c.out.of(s)
}

// CleanLines applies Clean to each line of a post. Its lines are joined by "\n".
func CleanLines(s string) string {
	if !strings.Contains(s, "\n") {
		return Clean(s)
	}
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

// isPlain reports whether b is printable ASCII or TAB, which Clean never drops.
func isPlain(b byte) bool { return ' ' <= b && b <= '~' || b == '\t' }

// A retained is the part of a string s that Clean returns: head, then
// s[from:to]. A copy of it is a point to return to.
type retained struct {
	head     []byte
	from, to int
}

// add returns k with s[from:to] at its end.
func (k retained) add(s string, from, to int) retained {
	if k.from == k.to {
		k.from, k.to = from, from
	}
	if k.to != from {
		if k.head == nil {
			k.head = make([]byte, 0, len(s))
		}
		k.head = append(k.head, s[k.from:k.to]...)
		k.from = from
	}
	k.to = to
	return k
}

func (k retained) of(s string) string {
	if len(k.head) == 0 {
		return s[k.from:k.to]
	}
	return string(append(k.head, s[k.from:k.to]...))
}

// A cleaner drops the joiners and tags that are not where they are allowed. It
// is given only characters that are not dropped for other reasons, so it judges
// a joiner by its neighbours in the result, and a second run drops no more.
type cleaner struct {
	s    string
	out  retained // what is decided on
	last rune     // the last character of out; 0: out is empty

	// A joiner, or the tags of a flag, come after last, and the character that
	// follows them decides whether they stay: pending is out with them.
	pending retained
	joiner  bool
	tags    int
}

const (
	zwnj, zwj = '\u200C', '\u200D'
	blackFlag = '\U0001F3F4'
	firstTag  = '\U000E0000'
	endTag    = '\U000E007F'

	// The region and subdivision that the tags of a flag spell have three to
	// seven letters and digits (UTS #51, 3.3; UTS #35, unicode_subdivision_id).
	minTags, maxTags = 3, 7
)

// next adds the character at s[i:], or drops it, and returns its length.
func (c *cleaner) next(i int) int {
	r, n := utf8.DecodeRuneInString(c.s[i:])
	switch {
	case r == zwnj || r == zwj:
		c.nextJoiner(i, n)
	case firstTag <= r && r <= endTag:
		c.nextTag(r, i, n)
	case c.joiner && joins(r):
		c.commit(c.pending.add(c.s, i, i+n), r)
	default:
		c.commit(c.out.add(c.s, i, i+n), r)
	}
	return n
}

// commit sets the result so far, which ends in last. Nothing is pending then.
func (c *cleaner) commit(out retained, last rune) {
	c.out, c.last = out, last
	c.joiner, c.tags = false, 0
}

// nextJoiner makes the first joiner after a character that it may join pending,
// and drops any other.
func (c *cleaner) nextJoiner(i, n int) {
	if c.joiner || !joins(c.last) {
		return
	}
	c.commit(c.out, c.last)
	c.joiner, c.pending = true, c.out.add(c.s, i, i+n)
}

// nextTag makes the tags after a flag pending until the end tag commits them.
// One that does not belong there drops them all.
func (c *cleaner) nextTag(r rune, i, n int) {
	switch {
	case c.joiner || c.last != blackFlag || c.tags > maxTags:
	case r == endTag && c.tags >= minTags:
		c.commit(c.pending.add(c.s, i, i+n), endTag)
	case !isSpellingTag(r):
		c.tags = maxTags + 1
	case c.tags == 0:
		c.tags, c.pending = 1, c.out.add(c.s, i, i+n)
	default:
		c.tags, c.pending = c.tags+1, c.pending.add(c.s, i, i+n)
	}
}

// isSpellingTag reports whether r is the tag of a digit or a small letter.
func isSpellingTag(r rune) bool {
	r -= firstTag
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z'
}

// joins reports whether a joiner may be next to r: a letter, a mark (which may
// also follow a joiner, as the Bengali virama does) or a part of an emoji.
// Package unicode has no property Emoji. Its symbols and the blocks of
// pictographs, which future emoji will be in, take its place.
func joins(r rune) bool {
	const leftRightArrow = '\u2194' // a shaken head; of category Sm
	return unicode.In(r, unicode.L, unicode.M, unicode.So) ||
		0x1F000 <= r && r <= 0x1FAFF || r == leftRightArrow || r == endTag
}

// hidden are the characters that are dropped everywhere. Tags and joiners are
// allowed in some places and are not among them.
var hidden = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x0000, Hi: 0x0008, Stride: 1}, // C0 except TAB
		{Lo: 0x000A, Hi: 0x001F, Stride: 1},
		{Lo: 0x007F, Hi: 0x009F, Stride: 1}, // DEL, C1
		{Lo: 0x00AD, Hi: 0x00AD, Stride: 1}, // soft hyphen
		{Lo: 0x061C, Hi: 0x061C, Stride: 1}, // Arabic letter mark
		{Lo: 0x200B, Hi: 0x200B, Stride: 1}, // zero width space
		{Lo: 0x200E, Hi: 0x200F, Stride: 1}, // left-to-right and right-to-left mark
		{Lo: 0x2028, Hi: 0x202E, Stride: 1}, // separators, embeddings, overrides
		{Lo: 0x2060, Hi: 0x2064, Stride: 1}, // word joiner, invisible operators
		{Lo: 0x2066, Hi: 0x206F, Stride: 1}, // isolates, deprecated format characters
		{Lo: 0xFEFF, Hi: 0xFEFF, Stride: 1}, // byte order mark
		{Lo: 0xFFF9, Hi: 0xFFFB, Stride: 1}, // interlinear annotation
	},
	LatinOffset: 4,
}

// disallowed returns the length of the escape sequence, hidden character or
// invalid byte that s begins with; 0: none.
func disallowed(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r == utf8.RuneError && n == 1:
		return n
	case unicode.Is(hidden, r):
		return controlSequence(s)
	}
	return 0
}

// The controls that begin a sequence of characters (ECMA-48, 8.3).
const (
	esc = '\x1B'
	dcs = '\u0090'
	sos = '\u0098'
	csi = '\u009B'
	osc = '\u009D'
	pm  = '\u009E'
	apc = '\u009F'
)

// controlSequence returns the length of the hidden character that s begins
// with and of the sequence that it begins (ECMA-48, 5.3 to 5.6).
func controlSequence(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == esc && n < len(s) && '@' <= s[n] && s[n] <= '_' {
		r, n = rune(s[n])+0x40, n+1 // the seven-bit form of a C1 control
	}
	switch r {
	case esc:
		n += leading(s[n:], ' ', '/')
		n += final(s[n:], '0')
	case csi:
		n += leading(s[n:], '0', '?')
		n += leading(s[n:], ' ', '/')
		n += final(s[n:], '@')
	case osc, dcs, sos, pm, apc:
		n += controlString(s[n:], r)
	}
	return n
}

// leading returns how many bytes from lo to hi s begins with.
func leading(s string, lo, hi byte) int {
	n := 0
	for n < len(s) && lo <= s[n] && s[n] <= hi {
		n++
	}
	return n
}

// final returns the length of the final byte, lo or above, that s begins
// with: 1, or 0 where the sequence is incomplete.
func final(s string, lo byte) int {
	if s != "" && lo <= s[0] && s[0] <= '~' {
		return 1
	}
	return 0
}

// controlString returns the length of the string that opener begins, with its
// terminator: ST in either form, for OSC also BEL. A string without one extends
// to the end of the line.
func controlString(s string, opener rune) int {
	for i := range len(s) {
		switch {
		case s[i] == '\n':
			return i
		case s[i] == '\a' && opener == osc:
			return i + 1
		case s[i] == esc && i+1 < len(s) && s[i+1] == '\\',
			s[i] == 0xC2 && i+1 < len(s) && s[i+1] == 0x9C: // U+009C
			return i + 2
		}
	}
	return len(s)
}

// Erase applies, in place, the erase characters of a client that sends every
// key as it is typed: BS and DEL erase the character (rune) before them, Ctrl-U
// the whole line before it (protocol.md, "Line ends and telnet"). It returns the
// rest of line. Valid UTF-8 stays valid.
func Erase(line []byte) []byte {
	const bs, del, ctrlU = '\b', '\x7F', '\x15'
	if !bytes.ContainsAny(line, "\b\x7F\x15") {
		return line
	}
	left := line[:0]
	for _, b := range line {
		switch b {
		case bs, del:
			_, n := utf8.DecodeLastRune(left)
			left = left[:len(left)-n]
		case ctrlU:
			left = left[:0]
		default:
			left = append(left, b)
		}
	}
	return left
}
