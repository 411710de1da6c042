package prompt

import (
	"testing"

	"linechat/chat/internal/screen"
)

// TestLinerOutput: what liner prints comes to the line that it edits, however it is
// cut on its way.
func TestLinerOutput(t *testing.T) {
	for _, test := range []struct {
		name, printed string
		want          string // before the cursor, | and after it
		settled       bool
		ended, blank  bool
	}{
		{name: "the prompt", printed: "> ", want: "|", settled: true},
		{name: "typed", printed: "> abc", want: "abc|", settled: true},
		{name: "drawn anew, with xterm", printed: "> abc\x1b[1G> Xabc\x1b[0K\x1b[4G", want: "X|abc", settled: true},
		{name: "drawn anew, without", printed: "> abc\r> Xabc\x1b[0K\r\x1b[3C", want: "X|abc", settled: true},
		{name: "half drawn", printed: "> abc\x1b[1G> Xab", want: "Xab|"},
		{name: "the cursor not yet placed", printed: "> abc\x1b[1G> Xabc\x1b[0K", want: "Xabc|"},
		{name: "and not even with a return", printed: "> abc\r> Xabc\x1b[0K\r", want: "|Xabc"},
		{name: "wide", printed: "\r> 字e\u0301b\x1b[0K\x1b[5G", want: "字|e\u0301b", settled: true},
		{name: "a mark first", printed: "> \u0301a", want: "\u0301a|", settled: true},
		{name: "nothing but that", printed: "> \u0301", want: "\u0301|", settled: true},
		{name: "a line break", printed: "> a\ufdd0b\ufdd1", want: "a␤b␉|", settled: true},
		{name: "cleared", printed: "> abc\x1b[H\x1b[2J\x1b[1G> abc\x1b[0K\x1b[6G", want: "abc|", settled: true},
		{name: "ended", printed: "> abc\n", want: "|", settled: true, ended: true},
		{name: "ended while empty", printed: "> ^C\n", want: "|", settled: true, ended: true, blank: true},
		{name: "ended by Ctrl-C", printed: "> a^C\n", want: "|", settled: true, ended: true},
		{name: "the next one", printed: "> ^C\n\a> a", want: "a|", settled: true, ended: true, blank: true},
	} {
		for _, piece := range []int{1, 2, 3, len(test.printed)} {
			var o linerOutput
			var ended bool
			for at := 0; at < len(test.printed); at += piece {
				ended = o.feed([]byte(test.printed[at:min(at+piece, len(test.printed))])) || ended
			}
			line := o.line()
			got := screen.Text(line.Cells[:line.Cursor]) + "|" + screen.Text(line.Cells[line.Cursor:])
			if got != test.want || (o.phase == settled) != test.settled || ended != test.ended || o.blank != test.blank {
				t.Errorf("%s, in pieces of %d: the line is %q, settled %v, ended %v, blank %v",
					test.name, piece, got, o.phase == settled, ended, o.blank)
			}
		}
	}
}
