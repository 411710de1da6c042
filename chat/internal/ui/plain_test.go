package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// readPlain returns the lines of an input, and what was printed meanwhile.
func readPlain(t *testing.T, input string) (lines []string, printed string) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	var out bytes.Buffer
	p := openPlain(ctx, cancel, io.NopCloser(strings.NewReader(input)), &out)
	for line := range p.Lines() {
		lines = append(lines, line.Text)
	}
	p.Close()
	return lines, out.String()
}

// TestPlainLines: a last line needs no end, and one that is too long is skipped, with
// the lines around it intact.
func TestPlainLines(t *testing.T) {
	longest := strings.Repeat("x", maxPlainLine-1)
	const skipped = "! skipped a line of more than 65536 bytes\n"
	for _, c := range []struct {
		name, input string
		want        []string
		printed     string
	}{
		{"nothing", "", nil, ""},
		{"ends", "a\nb\r\n\nc", []string{"a", "b", "", "c"}, ""},
		{"the longest", longest + "\nb\n", []string{longest, "b"}, ""},
		{"too long", "a\n" + longest + "x\nb\n", []string{"a", "b"}, skipped},
		{"far too long", strings.Repeat(longest, 5) + "\nb\n", []string{"b"}, skipped},
		{"too long at the end", longest + "xx", nil, skipped},
	} {
		lines, printed := readPlain(t, c.input)
		if !slices.Equal(lines, c.want) || printed != c.printed {
			t.Errorf("%s: %d lines %.60q, and %q", c.name, len(lines), lines, printed)
		}
	}
}

// TestPlainOutput: when nobody takes the output, the context ends with the reason.
func TestPlainOutput(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	r, w := io.Pipe()
	in, feed := io.Pipe()
	p := openPlain(ctx, cancel, in, w)
	read := make(chan string)
	go func() {
		b, _ := io.ReadAll(io.LimitReader(r, 6))
		_ = r.CloseWithError(errors.New("gone"))
		read <- string(b)
	}()
	p.Print("hello")
	if got := <-read; got != "hello\n" {
		t.Errorf("printed is %q", got)
	}
	if err := ctx.Err(); err != nil {
		t.Errorf("the context has ended: %v", err)
	}
	p.Print("world")
	if err := context.Cause(ctx); err == nil || err.Error() != "gone" {
		t.Errorf("the context has ended with %v", err)
	}
	_ = feed.Close()
	p.Close()
}
