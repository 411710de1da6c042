//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Nothing but colours reaches the terminal of what is in a text, and those end
// with it.
func TestPrintCleans(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 12)
	c.do("print", "a\tb\x1b[31mred\x1b[2J\x1b[5;5Hx\r\x07\u009b2J\x1b]0;title\x07\u202e\x00")
	c.wantRows("a    bredx2J]0;title", ">")
	c.wantOutput("\x1b[31mredx2J]0;title\x1b[0m\r\n")
	c.close()
}

// Without colours there are none.
func TestNoColour(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{NoColor: true, Status: true}, 60, 12)
	c.do("print", "\x1b[31mred")
	c.do("prompt", "\x1b[32mgreen> ")
	c.do("status", "\x1b[33myellow")
	c.wantRows("red", "yellow", "green>")
	c.mu.Lock()
	defer c.mu.Unlock()
	if strings.Contains(string(c.output), "m") {
		t.Errorf("colours in %q", c.output)
	}
}

// The status row stands above the prompt, and is cut, as the prompt is.
func TestStatus(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{Status: true}, 20, 12)
	c.wantRows("", ">")
	c.keys("hi")
	c.do("status", "\x1b[1mroom\x1b[0m: 3 people here")
	c.do("print", "message")
	c.wantRows("message", "room: 3 people here", "> hi")
	c.do("prompt", "\x1b[36mgeneral-and-more")
	c.wantRows("message", "room: 3 people here", "general-anhi")
	c.do("status", "")
	c.do("prompt", "g> ")
	c.wantRows("message", "", "g> hi")
	c.wantCursor(5, 2)
	c.do("bell", "")
	c.wantOutput("\a")
	c.close()
	c.wantRows("message")
}

// A line exactly as wide as the terminal loses nothing and leaves no gap.
func TestExactlyWide(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 20, 12)
	wide := "01234567890123456789"
	c.keys("half")
	c.do("print", wide)
	c.do("print", wide+wide)
	c.do("print", "after")
	c.wantRows(wide, wide, wide, "after", "> half")
	c.keys(strings.Repeat("x", 13))
	c.wantRows(wide, wide, wide, "after", "> half"+strings.Repeat("x", 13))
	c.do("print", "again")
	c.keys("yz")
	c.wantRows(wide, wide, wide, "after", "again", "> half"+strings.Repeat("x", 13), "yz")
	c.close()
}

// A terminal that does not know its size is taken for the usual one.
func TestNoSize(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 0, 0)
	c.screen.Resize(80, 24)
	c.keys("edit\x01X\r")
	c.wantLine("Xedit")
	c.keys("half")
	c.do("print", "message")
	c.wantLast("> half")
	c.close()
}

// At thousands of messages a second every screen that is seen has the line as
// it was typed, and below the messages nothing else.
func TestFlood(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	c.order(order{Do: "flood", Text: "message %", Count: 20000, Every: 300 * time.Microsecond})
	typed := ""
	for _, r := range "the quick brown fox jumps over the lazy dog" {
		typed += string(r)
		c.keys(string(r))
		c.await("> "+typed, func(rows []string) bool {
			rows = trimmed(rows)
			if len(rows) < 2 || rows[len(rows)-1] != strings.TrimRight("> "+typed, " ") {
				return false
			}
			for i, row := range rows[:len(rows)-1] {
				if !strings.HasPrefix(row, "message ") && !(i == 0 && strings.HasPrefix(row, ">")) {
					t.Errorf("a row between the messages: %q", row)
				}
			}
			return true
		})
	}
	c.keys("\r")
	c.wantLine(typed)
	c.do("stop", "")
	c.close()
}

// Every message is printed once and in order.
func TestMessagesInOrder(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 60, 10)
	const count = 5000
	c.order(order{Do: "flood", Text: "message %.", Count: count})
	c.keys("half")
	c.await("the last message", func(rows []string) bool {
		rows = trimmed(rows)
		return len(rows) > 1 && rows[len(rows)-2] == fmt.Sprintf("message %d.", count-1)
	})
	c.wantLast("> half")
	c.mu.Lock()
	defer c.mu.Unlock()
	text := string(c.output)
	for n := range count {
		_, after, found := strings.Cut(text, fmt.Sprintf("message %d.\r\n", n))
		if !found {
			t.Fatalf("message %d is missing, or not in its place", n)
		}
		text = after
	}
}

// Ctrl-L draws the screen anew, after somebody else has written on it.
func TestRedraw(t *testing.T) {
	t.Parallel()
	c := startSession(t, setup{}, 20, 6)
	for n := range 9 {
		c.do("print", fmt.Sprint("message ", n))
	}
	c.do("print", "one that takes more than a row")
	c.keys("half")
	want := []string{"message 6", "message 7", "message 8", "one that takes more", "than a row", "> half"}
	c.wantRows(want...)
	c.mu.Lock()
	_, _ = c.screen.Write([]byte("\x1b[2;3Hgarbage\x1b[5;1Hmore\x1b[6;9H"))
	c.mu.Unlock()
	c.keys("\x0c")
	c.wantRows(want...)
	c.keys("\r")
	c.wantLine("half")
	c.close()
}
