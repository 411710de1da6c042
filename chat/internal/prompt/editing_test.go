//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whatever takes several keys goes on when a message arrives between any two of
// them. Keys have their names in tmux.
func TestEditingGoesOn(t *testing.T) {
	words := []string{"/help", "/history", "/hide", "same-1", "same", "same-2"}
	history := []string{"alpha one", "beta two", "alpha three", "gamma"}
	for _, test := range []struct {
		name string
		keys []string
		want string
	}{
		{"Up twice", []string{"Up", "Up"}, "alpha three"},
		{"Up twice and Down", []string{"Up", "Up", "Down"}, "gamma"},
		{"Up with a prefix", []string{"a", "l", "Up", "Up"}, "alpha one"},
		{"search", []string{"C-r", "t", "w", "o"}, "beta two"},
		{"search on", []string{"C-r", "a", "l", "p", "C-r"}, "alpha one"},
		{"search given up", []string{"x", "C-r", "a", "l", "C-g"}, "x"},
		{"Tab to what is common", []string{"s", "Tab", "x"}, "samex"},
		{"Tab thrice", []string{"/", "h", "Tab", "Tab", "Tab"}, "/hide"},
		{"Tab and back", []string{"/", "h", "Tab", "Tab", "BTab"}, "/help"},
		{"Tab and Escape", []string{"/", "h", "Tab", "Tab", "Escape"}, "/h"},
		{"one candidate", []string{"/", "h", "e", "Tab"}, "/help"},
		{"kill twice, yank", []string{"one two three", "C-w", "C-w", "C-y"}, "one two three"},
		{"yank and turn", []string{"a b", "C-w", "c", "C-w", "C-y", "M-y"}, "a b"},
		{"transpose", []string{"ab", "Left", "C-t"}, "ba"},
		{"kill to the end", []string{"hello world", "M-b", "C-k"}, "hello "},
		{"Home, Delete, End", []string{"hello", "Home", "DC", "End", "BSpace"}, "ell"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := startTmux(t, setup{Words: words, History: history}, 60, 30, "")
			m.Want(">")
			for i, key := range test.keys {
				if key == "Escape" {
					m.Want("> /history")
				}
				m.Keys(key)
				if key == "Escape" { // with the next key it would be Alt
					m.Want("> " + test.want)
				}
				m.do("print", strings.Repeat("-", i+1))
				m.wantMessages(i + 1)
			}
			m.Keys("Enter")
			m.wantLine(test.want)
			m.close()
		})
	}
}

// wantMessages waits for so many messages, - -- and so on, once and in order
// but for the lists of completions among them, and for one prompt below.
func (m *tmux) wantMessages(count int) {
	m.t.Helper()
	m.Await(fmt.Sprint(count, " messages and a prompt"), func(rows []string) bool {
		if len(rows) == 0 || !isPrompt(rows[len(rows)-1]) {
			return false
		}
		printed := rows[:len(rows)-1]
		seen := 0
		for _, row := range printed {
			if row == strings.Repeat("-", seen+1) {
				seen++
			}
		}
		return seen == count && !slices.ContainsFunc(printed, isPrompt)
	})
}

func isPrompt(row string) bool { return strings.HasPrefix(row, ">") || strings.HasPrefix(row, "(") }

// A line of several rows is edited at both its ends while messages arrive.
func TestLongLineInTmux(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{}, 40, 12, "")
	text := strings.Repeat("0123456789", 10)
	m.Text(text)
	m.Want("> "+text[:37], text[37:76], text[76:])
	m.Keys("Home")
	m.do("print", "message")
	m.Text("X")
	m.Want("message", "> X"+text[:36], text[36:75], text[75:])
	m.WantCursor(3)
	m.Keys("End")
	m.do("print", "message")
	m.Text("Y")
	m.Want("message", "message", "> X"+text[:36], text[36:75], text[75:]+"Y")
	m.Keys("Enter")
	m.wantLine("X" + text + "Y")
	m.close()
}

// Several lines that a terminal pastes are asked about and sent as one.
func TestPasteInTmux(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{Words: []string{"one", "other"}}, 60, 12, "")
	m.Text("look: ")
	m.Want("> look:")
	m.Run("set-buffer", "one\n\ttwo\nthree\n", ";", "paste-buffer", "-p")
	m.do("print", "message")
	m.Want("message", "> look: one␤␉two␤three")
	m.Keys("Enter")
	m.Want("message", "Send 3 lines? [y/N]")
	m.do("print", "another")
	m.Want("another", "Send 3 lines? [y/N]")
	m.Keys("y")
	m.wantLine("look: one\n\ttwo\nthree")
	m.Want("another", ">")
	m.close()
}

// At thousands of messages a second every screen has the line as it was typed,
// and above it messages and nothing else.
func TestFloodInTmux(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{}, 60, 10, "")
	m.order(order{Do: "flood", Text: "message %", Count: 1 << 20, Every: 300 * time.Microsecond})
	typed := ""
	for _, r := range "the quick brown fox jumps over the lazy dog" {
		typed += string(r)
		m.Text(string(r))
		m.Await("> "+typed, func(rows []string) bool {
			last := len(rows) - 1
			return last > 0 && rows[last] == strings.TrimRight("> "+typed, " ") &&
				!slices.ContainsFunc(rows[:last], func(row string) bool { return !strings.HasPrefix(row, "message ") })
		})
	}
	m.Keys("Enter")
	m.wantLine(typed)
	m.do("stop", "")
	m.close()
}
