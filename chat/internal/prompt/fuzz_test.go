//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// For more than go test does by itself:
//
//	go test ./chat/internal/prompt -run Scripts -v -args -scripts 200
var (
	scripts = flag.Int("scripts", 12, "random `scripts` of keys that TestScripts compares")
	seed    = flag.Uint64("seed", 0, "of the first one")
)

const scriptKeys = 60

// unbracketed makes of a paste what liner alone can take.
var unbracketed = strings.NewReplacer(pasteBegin, "", pasteStop, "")

// Keys as they are pressed at random; those that end a line, too. Ctrl-R is not
// among them: a search is not liner's.
var randomKeys = []string{
	"a", "b", "e", "l", "o", " ", "x", "/", "h", "é", "字", "テ", "👍", "e\u0301", "👨‍👩‍👧", "alpha", " beta ", "\r", "\r",
	"\x1b[A", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~", "\x1bb", "\x1bf", "\x1bd",
	"\x1by", "\x1b\x7f", "\x7f", "\x7f", "\t", "\t", "\t", "\x1b[Z", "\x13", "\x07", "\x10", "\x0e", "\x01", "\x05",
	"\x02", "\x06", "\x0b", "\x15", "\x17", "\x17", "\x19", "\x19", "\x14", "\x04", "\x03", "\x1b\x01", "\x00", "\x16", "\x1b[1;5C",
	pasteBegin + "pasted 字" + pasteStop,
}

// randomScript is keys that never end the input before their end: Ctrl-C and
// Ctrl-D come after a letter.
func randomScript(seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, 0))
	var keys []string
	for range scriptKeys {
		k := randomKeys[random.IntN(len(randomKeys))]
		if k == "\x03" || k == "\x04" {
			k = "q" + k
		}
		keys = append(keys, k)
	}
	return append(keys, "z\r", "\x15\x0bend of script\r")
}

// What is entered while more than a hundred messages a second come in is what
// the same keys enter into liner alone.
func TestScripts(t *testing.T) {
	var keysTyped, linesEntered, differences atomic.Int32
	t.Cleanup(func() {
		t.Logf("%d scripts, %d keys, %d lines; %d scripts differ", *scripts, keysTyped.Load(), linesEntered.Load(), differences.Load())
	})
	for n := range *scripts {
		t.Run(fmt.Sprint(*seed+uint64(n)), func(t *testing.T) {
			t.Parallel()
			keys := randomScript(*seed + uint64(n))
			s := setup{
				Words:   []string{"alpha", "alphabet", "also", "beta", "/help", "/history", "/hide", "字典"},
				History: []string{"alpha one", "beta two", "alpha three", "字 of history", "x"},
			}
			columns := []int{60, 23, 80, 300}[n%4]
			got := enterKeys(t, s, keys, columns, true)
			s.Plain = true
			want := enterKeys(t, s, keys, 300, false)
			keysTyped.Add(int32(len(keys)))
			linesEntered.Add(int32(len(want)))
			if !slices.Equal(got, want) {
				differences.Add(1)
				t.Errorf("keys %q\nentered %q\nand without messages %q", keys, got, want)
			}
		})
	}
}

// enterKeys types the keys and returns the lines that they enter. With messages,
// one is seen between any two keys.
func enterKeys(t *testing.T, s setup, keys []string, columns int, messages bool) []string {
	t.Helper()
	c := startSession(t, s, columns, 15)
	if messages {
		c.order(order{Do: "flood", Text: "message %", Count: 1 << 20, Every: 7 * time.Millisecond})
	}
	for _, k := range keys {
		if s.Plain {
			k = unbracketed.Replace(k)
		}
		c.keys(k)
		if messages {
			c.awaitOutput("message ")
		}
	}
	var lines []string
	for {
		r := c.report("line")
		if r.Line.Text == "end of script" {
			break
		}
		lines = append(lines, r.Line.Text)
	}
	if !messages {
		return lines
	}
	c.wantLast(">")
	for _, row := range trimmed(c.rows()) {
		if !strings.HasPrefix(row, "message ") && !isExpected(row) {
			t.Errorf("on the screen is %q", row)
		}
	}
	c.do("stop", "")
	c.close()
	return lines
}

// isExpected: besides messages there are the prompt and lists of candidates.
func isExpected(row string) bool {
	if row == ">" || strings.HasPrefix(row, quitHint) {
		return true
	}
	for word := range strings.FieldsSeq(row) {
		if !strings.Contains(" alpha alphabet also beta /help /history /hide 字典 ", " "+word+" ") {
			return false
		}
	}
	return true
}
