package lineeditor

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

// The Terminal counts each rune as one column. So a rune that takes two, or none, has a
// filler before it in the line that is edited, and takes two columns on the screen: the
// filler is shown as a blank, over which a wide rune is written. The noncharacters here are
// dropped from what is typed.
const filler = '\uFDD0'

// Keys that move by a rune or delete one are these: the editor does it, for the Terminal
// knows nothing of fillers.
const (
	keyBackspace = '\uFDD1' + iota
	keyLeft
	keyRight
	keyDelete
	keyCtrlD // delete, and on an empty line the end
)

// maxLine is how many bytes a line has at most when such a rune is added.
const maxLine = 16 << 10

func reserved(r rune) bool { return filler <= r && r <= keyCtrlD }

var widths = runewidth.Condition{StrictEmojiNeutral: true}

func needsFiller(r rune) bool {
	return utf8.ValidRune(r) && r >= utf8.RuneSelf && widths.RuneWidth(r) != 1
}

// fill puts the fillers into a text.
func fill(text string) string {
	var b strings.Builder
	for _, r := range text {
		if needsFiller(r) {
			b.WriteRune(filler)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// unfill removes them.
func unfill(line string) string { return strings.ReplaceAll(line, string(filler), "") }

// edit carries out one of the keys above, or types a rune that needs a filler.
func edit(before, after string, key rune) (newBefore, newAfter string) {
	switch key {
	case keyBackspace:
		return before[:len(before)-lastSize(before)], after
	case keyDelete, keyCtrlD:
		return before, after[firstSize(after):]
	case keyLeft:
		n := len(before) - lastSize(before)
		return before[:n], before[n:] + after
	case keyRight:
		n := firstSize(after)
		return before + after[:n], after[n:]
	}
	return before + fill(string(key)), after
}

// firstSize and lastSize return how many bytes the first and the last rune of a line have,
// with their fillers.
func firstSize(line string) int {
	r, n := utf8.DecodeRuneInString(line)
	if r == filler {
		_, more := utf8.DecodeRuneInString(line[n:])
		return n + more
	}
	return n
}

func lastSize(line string) int {
	_, n := utf8.DecodeLastRuneInString(line)
	if strings.HasSuffix(line[:len(line)-n], string(filler)) {
		n += utf8.RuneLen(filler)
	}
	return n
}

// noRoom is shown for a wide rune whose two columns the end of the row would part.
const noRoom = "·"

// drawFilled turns what the Terminal has drawn, whole lines of it, into what is shown.
func drawFilled(drawn []byte) []byte {
	if !bytes.ContainsRune(drawn, filler) {
		return drawn
	}
	shown := make([]byte, 0, len(drawn)+len(drawn)/4)
	filled, wrapped := false, false
	for _, r := range string(drawn) {
		switch {
		case r == filler:
			shown = append(shown, ' ')
			filled, wrapped = true, false
		case filled && (r == '\r' || r == '\n'):
			shown = utf8.AppendRune(shown, r)
			wrapped = true
		case filled:
			shown = append(shown, filledRune(r, wrapped)...)
			filled = false
		default:
			shown = utf8.AppendRune(shown, r)
		}
	}
	return shown
}

func filledRune(r rune, wrapped bool) string {
	switch {
	case widths.RuneWidth(r) == 0:
		return string(r) + " "
	case wrapped:
		return noRoom
	}
	return "\b" + string(r)
}
