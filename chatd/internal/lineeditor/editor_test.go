package lineeditor

import (
	"io"
	"strings"
	"testing"

	"github.com/hinshun/vt10x"
)

// A terminal is a peer with a screen of 20 columns, on which keys are typed.
type terminal struct {
	vt   vt10x.Terminal
	keys *io.PipeReader
	io.Writer
}

func (t *terminal) Read(p []byte) (int, error)  { return t.keys.Read(p) }
func (t *terminal) Write(p []byte) (int, error) { return t.vt.Write(p) }

// typing types keys, and returns the lines that the editor reads until they end, and the
// screen.
func typing(t *testing.T, prepare func(*Editor), keys ...string) (lines []string, screen string) {
	t.Helper()
	reader, writer := io.Pipe()
	peer := &terminal{vt: vt10x.New(vt10x.WithSize(20, 8)), keys: reader}
	e := New(peer, 20, 8)
	if prepare != nil {
		prepare(e)
	}
	go func() { // ends when all keys are read
		for _, k := range keys {
			if message, ok := strings.CutPrefix(k, "message:"); ok {
				_, _ = e.Write([]byte(message + "\n"))
				continue
			}
			_, _ = io.WriteString(writer, k)
			_, _ = writer.Write(nil) // until they are taken
		}
		_ = writer.Close()
	}()
	for {
		line, err := e.ReadLine()
		if err != nil {
			return lines, strings.TrimRight(peer.vt.String(), " \n")
		}
		lines = append(lines, line)
		if line == "/login alice" {
			e.HideNext()
		}
	}
}

func rows(screen string) string {
	var out []string
	for _, row := range strings.Split(screen, "\n") {
		out = append(out, strings.TrimRight(row, " "))
	}
	return strings.TrimRight(strings.Join(out, "|"), "|")
}

func TestEditing(t *testing.T) {
	for name, test := range map[string]struct{ keys, lines string }{
		"a line":                    {"hello\r", "hello"},
		"backspace":                 {"helxlo\x1b[D\x1b[D\x7f\r", "hello"},
		"delete":                    {"hxello\x1b[H\x1b[C\x1b[3~\r", "hello"},
		"Home and End as PuTTY":     {"ell\x1b[1~h\x1b[4~o\r", "hello"},
		"Ctrl-C clears":             {"nonsense\x03hello\r", "hello"},
		"Ctrl-C amid a line":        {"nonsense\x1b[D\x1b[D\x03hello\r", "hello"},
		"Ctrl-D deletes in a line":  {"hxello\x01\x06\x04\r", "hello"},
		"Ctrl-D ends":               {"hello\r\x04more\r", "hello"},
		"wide runes":                {"今x日\x1b[D\x7f\r", "今日"},
		"wide runes deleted":        {"今日は\x7f\x01\x1b[3~\r", "日"},
		"marks":                     {"e\u0301x\x7f\x7f\x7f\x7fok\r", "ok"},
		"history":                   {"one\rtwo\r\x1b[A\x1b[A\r", "one|two|one"},
		"history, arrows of VT100":  {"one\r\x1bOA\r", "one|one"},
		"no password in history":    {"one\r/register secret\r\x1b[A\r", "one|/register secret|one"},
		"a password":                {"one\r/login alice\rsecret\r\x1b[A\r", "one|/login alice|secret|one"},
		"bytes that are no UTF-8":   {"he\xffl\xc3lo\r", "hello"},
		"a rune that errors become": {"he\ufffdllo\r", "hello"},
		"keys that nobody knows":    {"he\x1b[15~\x1b[200;300Xllo\x1bx\r", "hello"},
		"Enter after Escape":        {"hello\x1b\r", "hello"},
		"Ctrl-C after Escape":       {"nonsense\x1b\x03hello\r", "hello"},
		"Alt with an arrow":         {"one\r\x1b\x1b[A\r", "one|one"},
		"a sequence without end":    {"he\x1b[" + strings.Repeat("1", 1000) + "\rllo\r", "he" + strings.Repeat("1", 1000-maxEscape-1) + "|llo"},
		"what is pasted":            {"\x1b[200~a\tb\x03\x1b[A\rc\x1b[201~\r", "a b|c"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, keys := range [][]string{{test.keys}, strings.SplitAfter(test.keys, "")} { // at once, and one by one
				lines, _ := typing(t, nil, keys...)
				if got := strings.Join(lines, "|"); got != test.lines {
					t.Errorf("%q is read as %q, not %q", keys, got, test.lines)
				}
			}
		})
	}
}

func TestCtrlCGivesUpAPassword(t *testing.T) {
	lines, _ := typing(t, nil, "/login alice\r", "sec\x03", "hi\r")
	if got := strings.Join(lines, "|"); got != "/login alice||hi" {
		t.Errorf("the lines are %q", got)
	}
}

func TestWhatComesStandsAboveTheLine(t *testing.T) {
	for name, test := range map[string]struct {
		keys   []string
		screen string
	}{
		"an empty line":     {[]string{"message:hi"}, "hi|>"},
		"a half-typed line": {[]string{"half", "message:hi", "!"}, "hi|> half!"},
		"two rows":          {[]string{"abcdefghijklmnopqrstu", "message:hi", "v"}, "hi|> abcdefghijklmnopqr|stuv"},
	} {
		t.Run(name, func(t *testing.T) {
			_, screen := typing(t, nil, test.keys...)
			if got := rows(screen); got != test.screen {
				t.Errorf("the screen is %q, not %q", got, test.screen)
			}
		})
	}
}

func TestCompletion(t *testing.T) {
	complete := func(e *Editor) {
		e.SetCompleter(func(line string) (words []string) {
			for _, word := range []string{"alice", "alina", "bob", "日本語"} {
				if strings.HasPrefix(word, line[strings.LastIndexByte(line, ' ')+1:]) {
					words = append(words, word)
				}
			}
			return words
		})
	}
	for keys, want := range map[string]string{
		"hi b\t!\r": "hi bob !", "hi a\t\r": "hi ali", "hi x\ty\r": "hi xy", "日\t!\r": "日本語 !", "b end\x01\x06\t\r": "bob end",
	} {
		if lines, _ := typing(t, complete, keys); len(lines) != 1 || lines[0] != want {
			t.Errorf("%q becomes %q, not %q", keys, lines, want)
		}
	}
	if _, screen := typing(t, complete, "ali\t"); rows(screen) != "alice  alina|> ali" {
		t.Errorf("several words that fit are shown as %q", rows(screen))
	}
}

// A closed is a terminal that takes nothing until it is closed.
type closed struct{ gone chan struct{} }

func (c closed) Read([]byte) (int, error)  { <-c.gone; return 0, io.EOF }
func (c closed) Write([]byte) (int, error) { <-c.gone; return 0, io.ErrClosedPipe }

// A terminal that takes nothing holds up whoever writes, and nobody who only says that its
// size is another: what is drawn for that does not add up.
func TestATerminalThatTakesNothing(t *testing.T) {
	c := closed{make(chan struct{})}
	e := New(c, 80, 24)
	wrote := make(chan error)
	go func() { // ends when the terminal is gone
		_, err := e.Write([]byte("hello\n"))
		wrote <- err
	}()
	for width := range 10_000 {
		e.Resize(width, 24)
	}
	e.HideNext()
	close(c.gone)
	if err := <-wrote; err == nil {
		t.Error("writing to a terminal that is gone succeeds")
	}
	e.Wait()
}
