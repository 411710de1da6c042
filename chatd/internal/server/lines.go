package server

import (
	"bufio"
	"bytes"
	"slices"
	"sync"

	"linechat/chatd/internal/telnet"
	"linechat/chatd/proto"
)

// An ending is how a line ended.
type ending uint8

const (
	byLF   ending = iota
	byCRLF        // or by CR NUL, or by a lone CR in telnet
)

// verbBytes is how much is kept of a line that is too long, to name its verb: less
// than any limit.
const verbBytes = 256

// A lineReader splits a session's input into lines: a bufio.Scanner on a pooled
// buffer that it has only while there is input, and a split function that
// survives a line over the limit, passing it over up to its end.
type lineReader struct {
	conn  *telnet.Conn
	limit int    // most bytes of a line, without its end
	carry []byte // the line begun, while there is nothing more to read

	skipping bool   // inside a line that is too long
	head     []byte // its beginning
	afterCR  bool   // a lone CR has ended a line: LF or NUL behind it is part of that end

	// Of the line that Scan has brought.
	ending  ending
	tooLong bool // only its beginning was kept
}

// A scanner is a bufio.Scanner with its buffer, and the command that a line is
// read into.
type scanner struct {
	bufio.Scanner
	buf     []byte
	command proto.Command
}

// scanners are pooled: a session has one only while lines are read.
type scanners struct{ sync.Pool }

func (ss *scanners) take(l *lineReader) *scanner {
	sc, _ := ss.Get().(*scanner)
	if sc == nil {
		sc = &scanner{buf: make([]byte, max(readSize, l.limit+64))}
	}
	sc.Scanner = *bufio.NewScanner(l)
	sc.Buffer(sc.buf, len(sc.buf))
	sc.Split(l.split)
	return sc
}

func (ss *scanners) give(sc *scanner) {
	sc.Scanner, sc.command = bufio.Scanner{}, proto.Command{}
	ss.Put(sc)
}

// Read reads on from where the last scanner has left off.
func (l *lineReader) Read(p []byte) (int, error) {
	if len(l.carry) > 0 {
		n := copy(p, l.carry)
		if l.carry = l.carry[n:]; len(l.carry) == 0 {
			l.carry = nil
		}
		return n, nil
	}
	return l.conn.Read(p)
}

// split is the scanner's split function. At the end of what there is to read
// it puts a line begun away.
func (l *lineReader) split(data []byte, atEnd bool) (advance int, line []byte, err error) {
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
	case l.skipping || n > l.limit:
		l.skip(data[:n])
		data = data[n:]
	}
	if atEnd {
		l.carry = slices.Clone(data)
		return n + len(data), nil, nil
	}
	if l.skipping {
		return n, nil, nil
	}
	return 0, nil, nil
}

// findEnd returns how long the line at the beginning of data is, and how long
// its end; 0 if it has none yet. A CR at the end of data may be part of one, so
// it does not count as the line's.
func (l *lineReader) findEnd(data []byte) (n, size int) {
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
			l.ending = byCRLF
			return cr, size
		}
		if cr == len(data)-1 {
			return cr, 0
		}
		from = cr + 1
	}
	l.ending = byLF
	if lf >= 0 {
		return lf, 1
	}
	return len(data), 0
}

// endAtCR returns the length of the line end that data, whose first byte is
// CR, begins with: CR LF, CR NUL, or once telnet is spoken CR alone.
func (l *lineReader) endAtCR(data []byte) int {
	switch {
	case len(data) > 1 && (data[1] == '\n' || data[1] == 0):
		return 2
	case l.conn.Active():
		l.afterCR = len(data) == 1
		return 1
	}
	return 0
}

// finish returns the line to be scanned.
func (l *lineReader) finish(line []byte) []byte {
	if l.tooLong = l.skipping || len(line) > l.limit; !l.tooLong {
		return line
	}
	if !l.skipping {
		l.skip(line)
	}
	l.skipping = false
	return l.head
}

// skip passes over a part of a line that is too long.
func (l *lineReader) skip(part []byte) {
	if !l.skipping {
		l.head = slices.Clone(part[:min(len(part), verbBytes)])
	}
	l.skipping = true
}

// begun reports whether a line has begun and not ended.
func (l *lineReader) begun() bool { return l.skipping || len(l.carry) > 0 }

// beginning returns the beginning of such a line.
func (l *lineReader) beginning() []byte {
	if l.skipping {
		return l.head
	}
	return l.carry
}
