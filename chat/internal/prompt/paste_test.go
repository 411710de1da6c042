//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

// Several lines are asked about, and come as one paste.
func TestPasteOfLines(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("look: " + pasteBegin + "one\r\n\ttwo\nthree\x1b[31m\x07\n" + pasteStop)
	c.wantRows("> look: one␤␉two␤three[31m")
	c.keys("\x7f\x7f\x7f\x7f!\r")
	c.wantRows("Send 3 lines? [y/N]")
	c.do("print", "meanwhile")
	c.wantRows("meanwhile", "Send 3 lines? [y/N]")
	c.keys("y")
	want := Line{Text: "look: one\n\ttwo\nthree!", Paste: []string{"look: one", "\ttwo", "three!"}}
	if r := c.report("line"); r.Line.Text != want.Text || !slices.Equal(r.Line.Paste, want.Paste) {
		t.Errorf("entered: %+v, not %+v", r.Line, want)
	}
	c.keys("\x1b[A")
	c.wantRows("meanwhile", "> look: one␤␉two␤three!")
	c.close()
}

// A paste that is not to be sent is edited on.
func TestPasteDeclined(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys(pasteBegin + "one\ntwo" + pasteStop + "\r")
	c.wantRows("Send 2 lines? [y/N]")
	c.keys("xn")
	c.wantRows("> one␤two")
	c.keys("\x1b[D\x1b[D\x1b[D\x7f \r")
	c.wantLine("one two")
	c.close()
}

// A paste of one line is typed as it is, its tabs included, and a line break
// at its end does not send it.
func TestPasteOfOneLine(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{Words: []string{"a", "b"}}, 60, 10)
	c.keys(pasteBegin + "a\tb\x03\x04\x1a\x0c é\n" + pasteStop)
	c.wantRows("> a␉b é")
	c.keys("\r")
	if r := c.report("line"); r.Line.Text != "a\tb é" || r.Line.Paste != nil {
		t.Errorf("entered: %+v", r.Line)
	}
	c.close()
}

// A paste that is too large is refused whole.
func TestPasteTooLarge(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 80, 10)
	c.keys("a" + pasteBegin + strings.Repeat("x", proto.MaxPasteBytes+1) + pasteStop + "b")
	refusal := fmt.Sprintf("Not pasted: it has %d bytes, and the limit is %d.", proto.MaxPasteBytes+1, proto.MaxPasteBytes)
	c.wantRows(refusal, "> ab")
	c.keys(pasteBegin + strings.Repeat("x\n", proto.MaxPasteLines) + pasteStop + "c")
	c.wantRows(refusal, fmt.Sprintf("Not pasted: it has %d lines, and the limit is %d.", proto.MaxPasteLines+1, proto.MaxPasteLines), "> abc")
	c.keys("\r")
	c.wantLine("abc")
	c.close()
}

// A paste that is far longer than the screen arrives, and of its line half a
// screen is shown.
func TestLongPaste(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 80, 10)
	text := strings.Repeat("字", 5000)
	c.keys(pasteBegin + text + pasteStop + "!\r")
	c.wantLine(text + "!")
	c.wantLast(">")
	c.close()
}

// The largest paste is one key, however it is cut on its way. liner would have
// the race detector take half a minute over it.
func TestLargestPaste(t *testing.T) {
	for _, piece := range []int{1, 1000, 2 * proto.MaxPasteBytes} {
		var d decoder
		var keys []key
		text := strings.Repeat("字", proto.MaxPasteBytes/3)
		for p := range slices.Chunk([]byte(pasteBegin+text+pasteStop+"!"), piece) {
			d.feed(p)
			for k, ok := d.next(false); ok; k, ok = d.next(false) {
				keys = append(keys, k)
			}
		}
		want := []key{{kind: pasted, text: text}, {kind: typed, text: "!"}}
		if !slices.Equal(keys, want) || keys[0].refusal() != "" {
			t.Errorf("in pieces of %d bytes it comes to %d keys, and not to the paste and the key after it", piece, len(keys))
		}
	}
}

// A paste whose end never comes ends after a while.
func TestPasteWithoutEnd(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("a" + pasteBegin + "b\nc")
	c.wantRows("> ab␤c")
	c.keys("d\r")
	c.wantRows("Send 2 lines? [y/N]")
	c.keys("y")
	c.wantLine("ab\ncd")
	c.close()
}

// Alt-Enter makes a line break without a paste.
func TestAltEnter(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("one\x1b\rtwo\r")
	c.wantRows("Send 2 lines? [y/N]")
	c.keys("Y")
	c.wantLine("one\ntwo")
	c.close()
}
