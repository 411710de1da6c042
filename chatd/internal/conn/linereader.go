package conn

import (
	"bufio"
	"bytes"
	"slices"
	"sync"

	"linechat/chatd/internal/telnet"
	"linechat/chatd/proto"
)

// A LineEnd is what a line ended in (protocol.md, "Line ends and telnet").
type LineEnd uint8

// The line ends: CRLF stands for CR NUL, too, and once telnet is spoken for a CR
// alone.
const (
	LF LineEnd = iota
	CRLF
)

const (
	bufferSize = 16 << 10 // bytes of a scanner's buffer, at least
	headSize   = 256      // bytes kept of a line that is too long, to name its verb: less than any limit
)

// A LineReader splits a session's input into lines. It is the split function of a
// bufio.Scanner, which it has, with the scanner's buffer, only while there is input: an
// idle session holds no more than the line that has begun. A line over the limit is
// passed over up to its end. It belongs to the session's reader.
type LineReader struct {
	Conn  *telnet.Conn // where the input comes from; its Read fails where there is none for now
	Limit int          // the longest line in bytes, without its end

	// Of the line that Scan has brought.
	End     LineEnd
	TooLong bool // only the line's beginning was kept

	skipping bool   // inside a line that is too long
	afterCR  bool   // a CR alone has ended a line: an LF or NUL after it is part of that end
	partial  []byte // the line that has begun, while there is nothing more to read
	head     []byte // the beginning of the line that is too long
}

// A Scanner is a bufio.Scanner with its buffer, and the command that a line is parsed
// into, so that parsing allocates no command.
type Scanner struct {
	bufio.Scanner
	Command proto.Command

	buf []byte
}

// Scanners is a pool of them. The zero value is ready; its methods may be called from
// any goroutine.
type Scanners struct{ pool sync.Pool }

// Get returns a Scanner that reads from l on.
func (ss *Scanners) Get(l *LineReader) *Scanner {
	sc, _ := ss.pool.Get().(*Scanner)
	if sc == nil {
		sc = &Scanner{buf: make([]byte, max(bufferSize, l.Limit+64))}
	}
	sc.Scanner = *bufio.NewScanner(l)
	sc.Buffer(sc.buf, len(sc.buf))
	sc.Split(l.split)
	return sc
}

// Put gives a Scanner back, whose Scan has returned false or is not to be called again.
func (ss *Scanners) Put(sc *Scanner) {
	sc.Scanner, sc.Command = bufio.Scanner{}, proto.Command{}
	ss.pool.Put(sc)
}

// Read implements io.Reader for the Scanner: it continues where the last Scanner stopped.
func (l *LineReader) Read(p []byte) (int, error) {
	if len(l.partial) > 0 {
		n := copy(p, l.partial)
		if l.partial = l.partial[n:]; len(l.partial) == 0 {
			l.partial = nil
		}
		return n, nil
	}
	return l.Conn.Read(p)
}

// InLine reports whether a line has begun and not ended. Ask only when Scan has
// returned false.
func (l *LineReader) InLine() bool { return l.skipping || len(l.partial) > 0 }

// Partial returns the line that has begun, or of one that is too long its beginning.
func (l *LineReader) Partial() []byte {
	if l.skipping {
		return l.head
	}
	return l.partial
}

// split is the Scanner's split function. At the end of what there is to read it keeps a
// line that has begun in partial.
func (l *LineReader) split(data []byte, atEnd bool) (advance int, line []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	if l.afterCR {
		l.afterCR = false
		if data[0] == '\n' || data[0] == 0 {
			return 1, nil, nil
		}
	}
	n, size := l.findEnd(data)
	switch {
	case size > 0:
		return n + size, l.finish(data[:n]), nil
	case l.skipping || n > l.Limit:
		l.skip(data[:n])
		data = data[n:]
	}
	if atEnd {
		l.partial = slices.Clone(data)
		return n + len(data), nil, nil
	}
	if l.skipping {
		return n, nil, nil
	}
	return 0, nil, nil
}

// findEnd returns how long the line at the beginning of data is, and how long its end;
// 0 if it has none yet. A CR at the end of data may be part of an end, so it does not
// count as the line's.
func (l *LineReader) findEnd(data []byte) (n, size int) {
	lf := bytes.IndexByte(data, '\n')
	text := data
	if lf >= 0 {
		text = data[:lf]
	}
	for from := 0; ; {
		cr := bytes.IndexByte(text[from:], '\r')
		if cr < 0 {
			break
		}
		cr += from
		if size := l.endAtCR(data[cr:]); size > 0 {
			l.End = CRLF
			return cr, size
		}
		if cr == len(data)-1 {
			return cr, 0
		}
		from = cr + 1
	}
	l.End = LF
	if lf >= 0 {
		return lf, 1
	}
	return len(data), 0
}

// endAtCR returns the length of the line end that data, whose first byte is CR, begins
// with: CR LF, CR NUL, or once telnet is spoken CR alone.
func (l *LineReader) endAtCR(data []byte) int {
	switch {
	case len(data) > 1 && (data[1] == '\n' || data[1] == 0):
		return 2
	case l.Conn.Active():
		l.afterCR = len(data) == 1
		return 1
	}
	return 0
}

// finish returns the line to be scanned.
func (l *LineReader) finish(line []byte) []byte {
	if l.TooLong = l.skipping || len(line) > l.Limit; !l.TooLong {
		return line
	}
	if !l.skipping {
		l.skip(line)
	}
	l.skipping = false
	return l.head
}

// skip passes over a part of a line that is too long.
func (l *LineReader) skip(part []byte) {
	if !l.skipping {
		l.head = slices.Clone(part[:min(len(part), headSize)])
	}
	l.skipping = true
}
