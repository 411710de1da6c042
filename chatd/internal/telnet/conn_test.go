package telnet

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// A script is a connection from which chunks are read, then err for ever. An
// empty chunk is a read that finds nothing ready.
type script struct {
	net.Conn
	chunks []string
	err    error
}

var errNothingReady = errors.New("nothing ready")

func (s *script) Read(p []byte) (int, error) {
	if len(s.chunks) == 0 {
		return 0, s.err
	}
	if s.chunks[0] == "" {
		s.chunks = s.chunks[1:]
		return 0, errNothingReady
	}
	n := copy(p, s.chunks[0])
	s.chunks[0] = s.chunks[0][n:]
	if s.chunks[0] == "" {
		s.chunks = s.chunks[1:]
	}
	return n, nil
}

// readAll reads chunks through a Conn into buffers of the given sizes, then of
// 16 bytes, to the end. An ayt of 1 stands for any number.
func readAll(t *testing.T, chunks []string, sizes []byte) outcome {
	t.Helper()
	o := outcome{activeAt: never}
	c := &Conn{
		Conn:        &script{chunks: slices.Clone(chunks), err: io.EOF},
		Reply:       func(answer []byte) { o.answer += string(answer) },
		AreYouThere: func() { o.ayt = 1 },
	}
	for {
		p := make([]byte, 16)
		if len(sizes) > 0 {
			p, sizes = make([]byte, int(sizes[0])+1), sizes[1:]
		}
		n, err := c.Read(p)
		if c.Active() && o.activeAt == never {
			o.activeAt = len(o.text)
		}
		o.text += string(p[:n])
		switch {
		case err == io.EOF:
			return o
		case err != nil && err != errNothingReady, err == nil && n == 0:
			t.Fatalf("Read: %d, %v", n, err)
		}
	}
}

func TestConn(t *testing.T) {
	for _, test := range filterTests {
		t.Run(test.name, func(t *testing.T) {
			want := test.want
			want.ayt = min(want.ayt, 1)
			for i := range len(test.in) + 1 {
				if got := readAll(t, []string{test.in[:i], test.in[i:]}, nil); got != want {
					t.Fatalf("cut at %d:\n got %#v\nwant %#v", i, got, want)
				}
			}
		})
	}
}

func TestConnIsAReader(t *testing.T) {
	c := &Conn{Conn: &script{chunks: []string{"a\xff", "b\xff", "\xffc", "\xff\xf1d\xff\xf1"}, err: io.EOF}}
	if err := iotest.TestReader(c, []byte("a\xffb\xffcd")); err != nil {
		t.Error(err)
	}
}

func TestConnOverPipe(t *testing.T) {
	const in = "ROOMS\r\n\xff\xfb\x1f\xff\xfd\x06WHO\r\n"
	const text = "ROOMS\r\nWHO\r\n"
	const answers = "\xff\xfe\x1f\xff\xfc\x06"
	for i := range len(in) + 1 {
		peer, inner := net.Pipe()
		go func() {
			defer peer.Close()
			io.WriteString(peer, in[:i])
			io.WriteString(peer, in[i:])
		}()
		var sent []byte
		c := &Conn{Conn: inner, Reply: func(answer []byte) { sent = append(sent, answer...) }}
		got, err := io.ReadAll(c)
		if string(got) != text || string(sent) != answers || err != nil {
			t.Errorf("cut at %d: got %q, %v, answered %q", i, got, err, sent)
		}
	}
}

func TestConnPassesErrorsOn(t *testing.T) {
	broken := errors.New("broken")
	c := &Conn{Conn: &script{chunks: []string{"\xff", "", "\xfb", "", "\x01a\xff", "", "b"}, err: broken}}
	want := []struct {
		text string
		err  error
	}{
		{"", errNothingReady},
		{"", errNothingReady},
		{"a", nil},
		{"", errNothingReady},
		{"\xff", nil},
		{"b", nil},
		{"", broken},
		{"", broken},
	}
	p := make([]byte, 16)
	for i, want := range want {
		n, err := c.Read(p)
		if string(p[:n]) != want.text || err != want.err {
			t.Fatalf("read %d: got %q, %v, want %q, %v", i, p[:n], err, want.text, want.err)
		}
	}
}

// withError is a connection whose last bytes come together with the error.
type withError struct {
	net.Conn
	io.Reader
}

func (c withError) Read(p []byte) (int, error) { return c.Reader.Read(p) }

func TestConnReadsTheRestBeforeAnError(t *testing.T) {
	inner := iotest.DataErrReader(strings.NewReader("a\xff\xf1b"))
	got, err := io.ReadAll(&Conn{Conn: withError{Reader: inner}})
	if string(got) != "ab" || err != nil {
		t.Errorf("got %q, %v, want %q", got, err, "ab")
	}
}

// What one Read leaves is read by the next ones, however short, and let go.
func TestConnIdleHoldsNoBuffer(t *testing.T) {
	c := &Conn{Conn: &script{chunks: []string{"before\xff\xf1behind"}, err: errNothingReady}}
	p := make([]byte, 4096)
	if n, err := c.Read(p); string(p[:n]) != "before" || err != nil || c.Active() {
		t.Fatalf("got %q, %v, active %v", p[:n], err, c.Active())
	}
	got, err := io.ReadAll(iotest.OneByteReader(c))
	if string(got) != "behind" || err != errNothingReady || !c.Active() {
		t.Errorf("got %q, %v, active %v", got, err, c.Active())
	}
	if c.rest != nil {
		t.Errorf("%d bytes are held after all was read", cap(c.rest))
	}
}

func TestConnWithoutFunctions(t *testing.T) {
	c := &Conn{Conn: &script{chunks: []string{"\xff\xfd\x06\xff\xf6a"}, err: io.EOF}}
	if got, err := io.ReadAll(c); string(got) != "a" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
