//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"strings"
	"testing"
)

// Lines come in above the prompt while one types.
func TestTyping(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 40, 10)
	c.wantRows(">")
	c.keys("hel")
	c.wantRows("> hel")
	c.do("print", "first")
	c.wantRows("first", "> hel")
	c.keys("lo")
	c.do("print", "second\nthird\n")
	c.wantRows("first", "second", "third", "> hello")
	c.wantCursor(7, 3)
	c.keys("\x1b[D\x1b[D")
	c.wantCursor(5, 3)
	c.do("prompt", "room: ")
	c.wantRows("first", "second", "third", "room: hello")
	c.wantCursor(9, 3)
	c.keys("X\r")
	c.wantLine("helXlo")
	c.wantRows("first", "second", "third", "room:")
	c.close()
	c.wantRows("first", "second", "third")
}

// A line of several rows is wrapped, and edited in its middle.
func TestLongLine(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 20, 12)
	c.keys(strings.Repeat("0123456789", 5))
	c.wantRows("> 01234567890123456", "7890123456789012345", "67890123456789")
	c.do("print", "a message that is longer than a row of the screen")
	c.wantRows("a message that is lo", "nger than a row of t", "he screen",
		"> 01234567890123456", "7890123456789012345", "67890123456789")
	c.keys("\x01X\x05Y")
	c.wantRows("a message that is lo", "nger than a row of t", "he screen",
		"> X0123456789012345", "6789012345678901234", "567890123456789Y")
	c.keys("\r")
	c.wantLine("X" + strings.Repeat("0123456789", 5) + "Y")
	c.wantLast(">")
	c.close()
}

// The candidates are listed above the prompt, those that are many in columns, and
// one alone is not.
func TestCompletionList(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{Words: []string{"/help", "/history", "/hide"}}, 20, 8)
	c.keys("say /h\t")
	c.wantRows("/help     /hide", "/history", "> say /help")
	c.keys("\t")
	c.wantRows("/help     /hide", "/history", "> say /history")
	c.keys(" \r")
	c.wantLine("say /history ")
	c.keys("/hel\t")
	c.wantRows("/help     /hide", "/history", "> /help")
	c.close()
}

// Keys that liner does not know are passed over, or taken for those that they
// resemble; nothing of them is ever typed into the line.
func TestUnknownKeys(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("ab")
	for _, keys := range []string{
		"\x1b[1;5A", "\x1b[1;2A", "\x1b[15~", "\x1b[15;5~", "\x1bOP", "\x1b[[A", "\x1b[5~", "\x1b[6;3~", "\x1b[2~",
		"\x1bx", "\x1b1", "\x1b[200", "\x1b]11;rgb:0000/0000/0000\x1b\\", "\x1b]0;title\a", "\x1bP1$r0m\x1b\\", "\x1b[?1;2c",
		"\x1b[24;80R", "\x1b[<0;10;10M", "\x1b[27;5;9~", "\x1b[97;5u", "\u0085", "\u202e", "\ufdd0", "\x1b[I", "\x1b[O",
	} {
		c.keys(keys)
	}
	c.keys("\x1b[1;2D\x1b[1;2Cc")
	c.wantLast("> abc")
	c.keys(" de fg\x1b[1;3D\x1b[1;5D1\x1b[1;3C2\x1b\x1b[D3\x1bOd4\x1bOH5\x1bOF6\x1b[1;5H7\x1b[3;5~8\r")
	c.wantLine("78 431de2 fg6")
	c.close()
}

// Escape is a key, too, though so many others begin with it.
func TestEscape(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{Words: []string{"one", "other"}}, 60, 10)
	c.keys("o\t\t")
	c.wantLast("> other")
	c.keys("\x1b")
	c.wantLast("> o")
	c.keys("b\x1b\x01a\r")
	c.wantLine("aob")
	c.close()
}

// What is typed before anybody asks for it is kept, in order.
func TestTypingAhead(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("one\rtwo\rthree\n\x1b[200~a\nb\x1b[201~\ry\x1b[200~c\nd\x1b[201~\rn\x7f\x7ffour\r\rlast")
	for _, want := range []string{"one", "two", "three", "a\nb", "cfour", ""} {
		c.wantLine(want)
	}
	c.wantLast("> last")
	c.close()
}

// Ctrl-C clears the line, and on an empty one ends if it is pressed twice.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("oops\x03")
	c.wantRows(">")
	c.keys("\x03")
	c.wantRows(quitHint, ">")
	c.keys("x\x03\x03")
	c.wantRows(quitHint, quitHint, ">")
	c.keys("x\r")
	c.wantLine("x")
	c.keys("\x03\x03")
	if r := c.report("end"); r.Text != "" {
		t.Errorf("Err is %s", r.Text)
	}
	c.do("print", "last words")
	c.wantRows(quitHint, quitHint, quitHint, "last words")
	c.close()
}

// Ctrl-D deletes, and ends on an empty line.
func TestEndOfInput(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("ab\x01\x04\x05\x04\r")
	c.wantLine("b")
	c.keys("\x04more")
	c.report("end")
	c.wantRows()
	c.close()
}

// When the terminal goes away the input ends.
func TestHangUp(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.keys("half")
	c.wantLast("> half")
	_ = c.master.Close()
	c.report("end")
}

// The input history can be replaced, and has what was entered.
func TestHistory(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{History: []string{"first room"}}, 60, 10)
	c.keys("\x1b[A\r")
	c.wantLine("first room")
	c.order(order{Do: "history", List: []string{"old", "several\nlines", "new"}})
	c.report("done")
	c.wantRows(">")
	c.keys("\x1b[A")
	c.wantRows("> new")
	c.keys("\x1b[A")
	c.wantRows("> several␤lines")
	c.keys("\ry")
	c.wantLine("several\nlines")
	c.keys("added\r")
	c.wantLine("added")
	c.keys(" secret\r\x1b[A\r")
	c.wantLine(" secret")
	c.wantLine("added")
	c.close()
}
