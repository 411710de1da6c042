package conn

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"

	"linechat/chatd/internal/telnet"
)

// errNoInput: nothing can be read for now.
var errNoInput = errors.New("no input for now")

// chunks is a connection that has its input come in pieces, with nothing to
// read between them.
type chunks struct {
	net.Conn
	rest [][]byte
	from []byte
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.from) == 0 {
		return 0, errNoInput
	}
	n := copy(p, c.from)
	c.from = c.from[n:]
	return n, nil
}

// next has the next piece come in; false: there is none.
func (c *chunks) next() bool {
	if len(c.rest) == 0 {
		return false
	}
	c.from, c.rest = c.rest[0], c.rest[1:]
	return true
}

// testLimit is more than headSize, as every limit is.
const testLimit = 300

// scan returns the lines that the pieces make up, each as %q and how it ended,
// and the beginning of one that has no end.
func scan(pieces ...[]byte) (lines []string, rest string) {
	in := &chunks{rest: pieces}
	l := LineReader{Conn: &telnet.Conn{Conn: in}, Limit: testLimit}
	var pool Scanners
	for in.next() {
		sc := pool.Get(&l)
		for sc.Scan() {
			lines = append(lines, fmt.Sprintf("%q %d %v", sc.Text(), l.End, l.TooLong))
		}
		pool.Put(sc)
	}
	if l.InLine() {
		rest = string(l.Partial())
	}
	return lines, rest
}

func TestLineReader(t *testing.T) {
	long := strings.Repeat("x", testLimit+1)
	tests := []struct {
		input string
		want  []string
		rest  string
	}{
		{"a\nb\n", []string{`"a" 0 false`, `"b" 0 false`}, ""},
		{"a\r\nb\r\x00\n", []string{`"a" 1 false`, `"b" 1 false`, `"" 0 false`}, ""},
		{"50%\r100%\r\n", []string{`"50%\r100%" 1 false`}, ""},
		{"50%\r100%\n", []string{`"50%\r100%" 0 false`}, ""},
		{"a\r", nil, "a\r"},
		{"half", nil, "half"},
		{long[1:] + "\nb\n", []string{`"` + long[1:] + `" 0 false`, `"b" 0 false`}, ""},
		{long[1:] + "\r\nb\n", []string{`"` + long[1:] + `" 1 false`, `"b" 0 false`}, ""},
		{long + "\nb\n", []string{`"` + long[:headSize] + `" 0 true`, `"b" 0 false`}, ""},
		{strings.Repeat(long, 3000) + "\r\nb\n", []string{`"` + strings.Repeat("x", headSize) + `" 1 true`, `"b" 0 false`}, ""},
		{strings.Repeat(long, 3000), nil, strings.Repeat("x", headSize)},
		// Once telnet is spoken a CR alone ends a line, and an LF or NUL behind it is part of that end.
		{"\xff\xf1a\rb\r\nc\r\x00d\n", []string{`"a" 1 false`, `"b" 1 false`, `"c" 1 false`, `"d" 0 false`}, ""},
	}
	for _, tt := range tests {
		lines, rest := scan([]byte(tt.input))
		if !reflect.DeepEqual(lines, tt.want) || rest != tt.rest {
			t.Errorf("%.60q:\ngot  %.200q, rest %.60q\nwant %.200q, rest %.60q", tt.input, lines, rest, tt.want, tt.rest)
		}
	}
}

// However the input is cut into pieces, its lines are the same.
func FuzzLineReader(f *testing.F) {
	long := bytes.Repeat([]byte("0123456789"), testLimit/10+1)
	for _, seed := range []string{"a\nb\r\nc\r\x00d\re\n", "\xff\xf1a\rb\r\n\rc", "ab\r\xff\xf1\nc\n", "x\xff\xfd\x06y\r\n", "\xff\xf4\xff\xfd\x06PING\r\n"} {
		f.Add([]byte(seed), uint8(1), uint8(2))
		f.Add(append(bytes.Clone(long), seed...), uint8(7), uint8(40))
	}
	f.Fuzz(func(t *testing.T, input []byte, a, b uint8) {
		lines, rest := scan(bytes.Clone(input))
		var single, mixed [][]byte
		for i := range input {
			single = append(single, []byte{input[i]})
		}
		for cut, left := int(a)%64+1, bytes.Clone(input); len(left) > 0; cut = (cut*7+int(b))%64 + 1 {
			n := min(cut, len(left))
			mixed = append(mixed, left[:n:n])
			left = left[n:]
		}
		for name, pieces := range map[string][][]byte{"single bytes": single, "pieces": mixed} {
			if got, gotRest := scan(pieces...); !reflect.DeepEqual(got, lines) || gotRest != rest {
				t.Errorf("%s:\ngot  %q, rest %q\nwhole %q, rest %q", name, got, gotRest, lines, rest)
			}
		}
		for _, line := range lines {
			if len(line) > 4*(testLimit+4) { // each byte may be \x00
				t.Errorf("a line over the limit: %q", line)
			}
		}
	})
}

func BenchmarkLineReader(b *testing.B) {
	input := bytes.Repeat([]byte("POST the quick brown fox jumps over the lazy dog 0123456789\n"), 200)
	in := &chunks{}
	l := LineReader{Conn: &telnet.Conn{Conn: in}, Limit: 8192}
	var pool Scanners
	b.SetBytes(int64(len(input)))
	b.ReportAllocs()
	for b.Loop() {
		in.from = input
		sc := pool.Get(&l)
		for sc.Scan() {
		}
		pool.Put(sc)
	}
}
