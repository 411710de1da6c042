package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// TestChunks: a line is one chunk up to 8000 bytes, and no character is parted.
func TestChunks(t *testing.T) {
	failed := errors.New("failed")
	x := strings.Repeat("x", 7999)
	for _, c := range []struct {
		name  string
		input string
		err   error    // what reading fails with; nil: io.EOF
		want  []string // line, text, and a + where the line goes on
		notes []string
	}{
		{"lines", "one\ntwo\r\n\nfour", nil, []string{"1 one", "2 two", "3 ", "4 four"}, nil},
		{"no end", "", nil, nil, nil},
		{"cut", "one\ntw", failed, []string{"1 one"}, nil},
		{"8000 bytes", x + "x\ny\n", nil, []string{"1 " + x + "x", "2 y"}, nil},
		{"8001 bytes", x + "xx\ny\n", nil, []string{"1 " + x + "x+", "1 x", "2 y"}, []string{tooLongLine}},
		{"a character that does not fit", x + "ä\n", nil, []string{"1 " + x + "+", "1 ä"}, []string{tooLongLine}},
		{"a byte that does not fit as what stands for it", x + "\xff\n", nil, []string{"1 " + x + "+", "1 \uFFFD"}, []string{tooLongLine, notUTF8}},
		{"half a character", "\xe4\xbb\nok\n\xe4", nil, []string{"1 \uFFFD", "2 ok", "3 \uFFFD"}, []string{notUTF8}},
		{"not text", "a\rb\n\x1b[31mred\n\x00\n", nil, []string{"1 a b", "2 red", "3 "}, []string{notText}},
	} {
		t.Run(c.name, func(t *testing.T) {
			input := io.Reader(iotest.OneByteReader(strings.NewReader(c.input)))
			want := io.EOF
			if c.err != nil {
				want, input = c.err, io.MultiReader(input, iotest.ErrReader(c.err))
			}
			var got, notes []string
			r := newChunkReader(input, func(note string) { notes = append(notes, note) })
			l, err := r.next()
			for ; err == nil; l, err = r.next() {
				text := fmt.Sprint(l.line, " ", l.text)
				if !l.ends {
					text += "+"
				}
				got = append(got, text)
			}
			if !slices.Equal(got, c.want) || !slices.Equal(notes, c.notes) || !errors.Is(err, want) {
				t.Errorf("chunks %.30q, notes %q, %v; want %.30q, %q, %v", got, notes, err, c.want, c.notes, want)
			}
		})
	}
}
