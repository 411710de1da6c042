package prompt

import (
	"slices"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

const (
	pasteBegin = "\x1b[200~"
	pasteStop  = "\x1b[201~"
)

// keysOf are the keys that a decoder makes of what comes in such pieces, when
// nothing more comes after it.
func keysOf(text string, piece int) []key {
	var d decoder
	var keys []key
	take := func(idle bool) {
		for k, ok := d.next(idle); ok; k, ok = d.next(idle) {
			keys = append(keys, k)
		}
	}
	for p := range slices.Chunk([]byte(text), piece) {
		d.feed(p)
		take(false)
	}
	take(true)
	if d.timeout() != 0 {
		keys = append(keys, types("left: "+string(d.buf)))
	}
	return keys
}

func TestKeys(t *testing.T) {
	for sent, want := range map[string][]key{
		"aé字":                          {types("a"), types("é"), types("字")},
		"\r\n\x03\x0c\x1a":             {{kind: enter}, {kind: enter}, {kind: interrupt}, {kind: redraw}, {kind: suspend}},
		"\x01\t\x7f\x00":               {types("\x01"), types("\t"), types("\x7f"), types("\x00")},
		"\x1b":                         {{kind: escape}},
		"\x1b\x01":                     {{kind: escape}, types("\x01")},
		"\x1b\x1b":                     {{kind: escape}, {kind: escape}},
		"\x1b[A\x1b[B\x1b[C\x1b[D":     {types(keyUp), types(keyDown), types(keyRight), types(keyLeft)},
		"\x1bOA\x1bOB\x1bOC\x1bOD":     {types(keyUp), types(keyDown), types(keyRight), types(keyLeft)},
		"\x1b[1;2A\x1b[1;2C\x1b[5D":    {types(keyUp), types(keyRight), types(keyLeft)},
		"\x1b[1;5C\x1b[1;3D\x1b[1;9C":  {types(wordRight), types(wordLeft), types(wordRight)},
		"\x1b\x1b[C\x1b\x1bOD":         {types(wordRight), types(wordLeft)},
		"\x1b[H\x1b[1~\x1b[7~\x1bOH":   {types(keyHome), types(keyHome), types(keyHome), types(keyHome)},
		"\x1b[F\x1b[4~\x1b[8~\x1bOF":   {types(keyEnd), types(keyEnd), types(keyEnd), types(keyEnd)},
		"\x1b[1;5H\x1b[8;3~\x1b\x1bOF": {types(keyHome), types(keyEnd), types(keyEnd)},
		"\x1b[3~\x1b[3;2~\x1b[3;5~":    {types(keyDelete), types(keyDelete), types(killWord)},
		"\x1b[3$\x1b[3^\x1b[3@\x1b[7$": {types(keyDelete), types(killWord), types(killWord), types(keyHome)},
		"\x1bOc\x1bOd\x1b[c\x1b[d":     {types(wordRight), types(wordLeft), types(keyRight), types(keyLeft)},
		"\x1b[Z\x1bOM":                 {types(backTab), {kind: enter}},
		"\x1bb\x1bF\x1bd\x1by":         {types(wordLeft), types(wordRight), types(killWord), types(yankOther)},
		"\x1b\x7f\x1b\b\x1b\r":         {types(rubWord), types(rubWord), types(string(breakPlaceholder))},
		"\x1b[I\x1b[O\x1b\x1b[I":       {{kind: focusGained}, {kind: focusLost}, {kind: focusGained}},

		"\x1b[200~a\r\x1b[A\x1b[201~b": {{kind: pasted, text: "a\r\x1b[A"}, types("b")},
		"\x1b\x1b[200~a\x1b[201~":      {{kind: pasted, text: "a"}},
		"\x1b[200~a\x1b[201":           {{kind: pasted, text: "a\x1b[201"}},
		"\x1b[200~\x1b[201~":           {{kind: pasted}},
		pasteBegin + strings.Repeat("x", proto.MaxPasteBytes+1) + pasteStop: {{kind: pasted, dropped: proto.MaxPasteBytes + 1}},

		// What has no meaning here, and nothing of it.
		"\x1b[1;5A\x1b\x1b[B\x1b[15~\x1b[15;5~\x1bOPz":           {types("z")},
		"\x1b[[Az\x1b[5~\x1b[6;3~\x1b[2~":                        {types("z")},
		"\x1bx\x1b1\x1bézz":                                      {types("z"), types("z")},
		"\x1b]11;rgb:0/0/0\x1b\\\x1b]0;title\az\x1bP1$r0m\x1b\\": {types("z")},
		"\x1b[?1;2c\x1b[24;80R\x1b[<0;10;10Mz\x1b[27;5;9~":       {types("z")},
		"\x1b[?1;2$y\x1b[97;5uz":                                 {types("z")},
		"\x1b[12\x01z\x1bO\x01z":                                 {types("\x01"), types("z"), types("\x01"), types("z")},
		"\u0085\u202e\ufdd0\ufffez":                              {types("z")},
		"\x1b[" + strings.Repeat("1", maxSequence) + "z":         nil,
		"\x1b]" + strings.Repeat("1", maxSequence) + "\n":        nil,
		"\x1b[20": nil, "\x1bO": nil, "\x1b]0;t": nil, "\x1bP": nil, "\x1b\xc3": nil,
	} {
		for _, piece := range []int{1, len(sent)} {
			if piece == 1 && len(sent) > maxSequence {
				continue // where it is cut depends on the pieces
			}
			if got := keysOf(sent, piece); !slices.Equal(got, want) {
				t.Errorf("%.60q in pieces of %d comes to %+v, not to %+v", sent, piece, got, want)
			}
		}
	}
}

// FuzzKeys: whatever comes, liner is given nothing that it would type, or read, as
// the part of a sequence.
func FuzzKeys(f *testing.F) {
	known := []string{keyDelete, backTab, wordLeft, wordRight, killWord, yankOther}
	f.Add("a\x1b[1;5C\x1bOc\x1b[[A\x1b]0;t\x07\x1b\x1b[3^\x1b[200~x\x1b[201~")
	f.Add("\x1b[?1;2c\x1bP1$r\x1b\\\xc3\xff\ufdd0")
	f.Fuzz(func(t *testing.T, sent string) {
		if sent == "" {
			return
		}
		for _, k := range keysOf(sent, len(sent)) {
			switch {
			case k.kind == nothing:
				t.Errorf("%q: a key that is none", sent)
			case k.kind == typed && strings.Contains(k.text, "\x1b") && !slices.Contains(known, k.text):
				t.Errorf("%q: liner is given %q", sent, k.text)
			case k.kind == typed && len([]rune(k.text)) > 1 && k.text[0] != '\x1b':
				t.Errorf("%q: liner is given %q at once", sent, k.text)
			case k.kind == pasted && strings.ContainsAny(k.pasteInto(), "\x1b\r\n\t\x03"):
				t.Errorf("%q: of a paste liner is given %q", sent, k.pasteInto())
			}
		}
	})
}
