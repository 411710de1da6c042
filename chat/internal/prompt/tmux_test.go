//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"linechat/chat/internal/tmuxtest"
)

// A tmux is a program in a terminal that knows wide characters, wraps rows anew
// when it is resized, and has a scrollback.
type tmux struct {
	program
	*tmuxtest.Terminal
	pid int // of the program
}

// inShell runs the program as a job of an interactive shell.
const inShell = "exec env PS1='$ ' bash --norc --noprofile -i"

// startTmux starts the program in a window of such a size, by a command, or as
// the window's only process if that is "".
func startTmux(t *testing.T, s setup, columns, rows int, command string) *tmux {
	t.Helper()
	m := &tmux{program: program{t: t}}
	accept := m.listen(&s)
	if command == "" {
		command = os.Args[0]
	}
	env := append(environment(setup{}, ""), helperVariable+"="+variable(s), "HELPER="+os.Args[0])
	m.Terminal = tmuxtest.Start(t, columns, rows, env, command)
	if command == inShell {
		m.Want("$")
		m.Keys(`"$HELPER"`, "Enter")
	}
	accept()
	m.pid, _ = strconv.Atoi(m.report("open").Text)
	return m
}

func variable(s setup) string {
	for _, v := range environment(s, "") {
		if value, found := strings.CutPrefix(v, helperVariable+"="); found {
			return value
		}
	}
	return ""
}

// close has the program close its prompt and end: nothing may be left of it.
func (m *tmux) close() {
	m.t.Helper()
	if r := m.closed(); !r.Yes || r.Text != "" {
		m.t.Errorf("closed, but the terminal is not as it was, or something is left: %s", r.Text)
	}
}

// closed is close, and returns what the program says of it.
func (m *tmux) closed() (closed report) {
	m.t.Helper()
	m.order(order{Do: "close"})
	for r := range m.reports {
		if r.What == "closed" {
			closed = r
		}
	}
	if closed.What == "" {
		m.t.Fatal("the program has ended without closing")
	}
	return closed
}

// Wide characters, emoji of several, and combining marks are edited like any.
func TestWideCharacters(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{}, 30, 12, "")
	m.Text("日本語漢字変換テスト日本語漢字変換テスト")
	m.Want("> 日本語漢字変換テスト日本語", "漢字変換テスト")
	m.do("print", "字字字字字字字字字字字字字字字 wide")
	m.Keys("Left", "Left", "Left")
	m.WantCursor(8)
	m.Text("X")
	m.Want("字字字字字字字字字字字字字字字", " wide", "> 日本語漢字変換テスト日本語", "漢字変換Xテスト")
	m.WantCursor(9)
	m.Keys("Enter")
	m.wantLine("日本語漢字変換テスト日本語漢字変換Xテスト")

	m.Text("e\u0301a👍🏽b👨‍👩‍👧c❤\ufe0fd🇩🇪e")
	m.do("print", "message")
	m.Keys("End")
	m.Await("the emoji", func(rows []string) bool {
		last := rows[len(rows)-1]
		return strings.HasPrefix(last, "> e\u0301a👍") && strings.HasSuffix(last, "e") && rows[len(rows)-2] == "message"
	})
	m.Keys("BSpace", "BSpace", "BSpace", "BSpace", "Home", "DC", "Enter")
	m.wantLine("a👍🏽b👨‍👩‍👧c❤\ufe0f")
	m.close()
}

// What was printed is in the scrollback, once and in order, and nothing of the
// prompt is.
func TestScrollback(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{Status: true}, 40, 10, "")
	m.do("status", "the status row")
	m.Text(strings.Repeat("half-typed ", 6))
	const count = 300
	m.order(order{Do: "flood", Text: "message %.", Count: count, Every: time.Millisecond})
	m.Await("the last message", func(rows []string) bool {
		return slices.Contains(rows, fmt.Sprintf("message %d.", count-1))
	})
	m.Keys("C-l")
	rows := []string{"the status row", "> half-typed half-typed half-typed half", "-typed half-typed half-typed"}
	m.Want(rows...)
	m.wantAll(count, rows)
	m.close()
}

// wantAll wants so many messages in scrollback and screen, once and in order,
// and then these rows.
func (m *tmux) wantAll(messages int, rows []string) {
	m.t.Helper()
	var want []string
	for n := range messages {
		want = append(want, fmt.Sprintf("message %d.", n))
	}
	all := slices.DeleteFunc(m.All(), func(row string) bool { return row == "" })
	if want = append(want, rows...); !slices.Equal(all, want) {
		m.t.Errorf("scrollback and screen are, from the first difference on,\n%s", difference(all, want))
	}
}

func difference(got, want []string) string {
	for i, row := range got {
		if i >= len(want) || row != want[i] {
			return strings.Join(got[max(i-1, 0):min(i+20, len(got))], "\n")
		}
	}
	return "too short"
}

// A window is resized in steps while messages come in: the prompt is there
// once, and no message is lost or doubled.
func TestResizeInSteps(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{}, 80, 20, "")
	line := "a line of some length that is being typed, which will have to be wrapped"
	m.Text(line)
	const count = 25 // fill the screen: of one that is not tmux takes the top row away
	m.order(order{Do: "flood", Text: "message %.", Count: count})
	m.Want(fmt.Sprintf("message %d.", count-1), "> "+line)
	for n, columns := range []int{60, 40, 100, 30, 80} {
		n += count
		m.Run("resize-window", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(n-count+12))
		m.seen(columns)
		m.do("print", fmt.Sprintf("message %d.", n))
		m.wantSize(columns, fmt.Sprintf("message %d.", n))
	}
	m.Want("> " + line)
	m.wantAll(count+5, []string{"> " + line})
	m.Keys("Enter")
	m.wantLine(line)
	m.close()
}

// wantSize waits until all below a message is drawn for such a width.
func (m *tmux) wantSize(columns int, message string) {
	m.t.Helper()
	m.Await(fmt.Sprintf("%s above the prompt, %d columns wide", message, columns), func(rows []string) bool {
		at := slices.Index(rows, message)
		if at < 0 || at+1 >= len(rows) || !strings.HasPrefix(rows[at+1], "> ") {
			return false
		}
		for _, row := range rows[at+1 : len(rows)-1] {
			if len(row) != columns-1 && len(row) != columns-2 { // a blank at its end
				return false
			}
		}
		return true
	})
}

// seen waits until the program can see the new width. tmux changes what is on
// the screen a little before; who draws in between leaves a piece of the prompt.
func (m *tmux) seen(columns int) {
	m.t.Helper()
	m.Await("told of its width", func([]string) bool {
		m.order(order{Do: "size"})
		return m.report("done").Text == strconv.Itoa(columns)
	})
}

// A window is resized like mad while messages come in: none is lost or doubled.
// A piece of the prompt may be left where tmux had not told of the first of the
// sizes yet.
func TestResizeAtRandom(t *testing.T) {
	t.Parallel()
	m := startTmux(t, setup{}, 80, 20, "")
	m.Text("half-typed")
	m.Want("> half-typed")
	random := rand.New(rand.NewPCG(1, 2))
	const count = 1000
	m.order(order{Do: "flood", Text: "message %.", Count: count, Every: 2 * time.Millisecond})
	for range 40 {
		m.Run("resize-window", "-x", strconv.Itoa(20+random.IntN(100)), "-y", strconv.Itoa(5+random.IntN(30)))
	}
	m.Await("the last message", func(rows []string) bool {
		return len(rows) > 1 && rows[len(rows)-2] == fmt.Sprintf("message %d.", count-1)
	})
	m.Keys("Enter")
	m.wantLine("half-typed")
	m.close()
	all := m.All()
	messages := slices.DeleteFunc(slices.Clone(all), func(row string) bool { return !strings.HasPrefix(row, "message ") })
	for n, row := range messages {
		if row != fmt.Sprintf("message %d.", n) {
			t.Fatalf("from the first difference on:\n%s", strings.Join(messages[max(n-1, 0):], "\n"))
		}
	}
	if others := len(all) - len(messages); len(messages) != count || others > 2 {
		t.Errorf("%d messages of %d, and %d other rows", len(messages), count, others)
	}
}
