package main

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"strings"
	"unicode/utf8"

	"linechat/chatd/proto"
)

// maxChunk is the most bytes of one post: with the words before it, it fits the
// 8,192 bytes of a line (protocol.md, "Limits").
const maxChunk = 8000

// A chunk is a line of input, or a part of one that is too long for a post.
type chunk struct {
	text string
	line int  // its number, from 1
	ends bool // it is the last part of its line
}

// A chunkReader reads input chunk by chunk, in bounded memory, and makes of it
// what can be posted.
type chunkReader struct {
	scanner *bufio.Scanner
	note    func(what string) // is called once for each kind of change to the input
	noted   map[string]bool
	line    int
	ends    bool // what was scanned last is the end of its line
}

// Notes on input that is posted in another form.
const (
	notUTF8     = "bytes that are not UTF-8 are posted as \uFFFD"
	notText     = "escape sequences and control characters are left out"
	tooLongLine = "lines of more than 8000 bytes are posted in parts"
)

func newChunkReader(r io.Reader, note func(string)) *chunkReader {
	p := &chunkReader{scanner: bufio.NewScanner(r), note: note, noted: map[string]bool{}, line: 1}
	p.scanner.Buffer(nil, 2*maxChunk)
	p.scanner.Split(p.split)
	return p
}

// split is the [bufio.SplitFunc]. A last line without an end is a chunk as well,
// but where reading has failed it is dropped, because it may have been cut.
func (p *chunkReader) split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	line, _, whole := bytes.Cut(data, []byte("\n"))
	n, fits := fitting(line)
	p.ends = fits
	switch {
	case !fits:
		return n, line[:n], nil
	case whole:
		return len(line) + 1, line, nil
	case atEOF && len(line) > 0 && p.scanner.Err() == nil:
		return len(line), line, nil
	}
	return 0, nil, nil
}

// fitting reports whether a line, of which the end of a character may not be
// there yet, makes a text that one post can hold, or else how many bytes of it do.
func fitting(line []byte) (n int, fits bool) {
	if len(line)*utf8.RuneLen(utf8.RuneError) <= maxChunk { // whatever is in it
		return len(line), true
	}
	for size := 0; utf8.FullRune(line[n:]); {
		r, width := utf8.DecodeRune(line[n:])
		if size += utf8.RuneLen(r); size > maxChunk {
			return n, false
		}
		n += width
	}
	return n, true
}

// next returns the next chunk, or [io.EOF] or why there is none. It takes out what
// the server would take out, in order to report it. A carriage return inside a line,
// as progress counters print it, becomes a blank.
func (p *chunkReader) next() (chunk, error) {
	if !p.scanner.Scan() {
		return chunk{}, cmp.Or(p.scanner.Err(), io.EOF)
	}
	c := chunk{text: p.scanner.Text(), line: p.line, ends: p.ends}
	if c.ends {
		c.text = strings.TrimSuffix(c.text, "\r")
		p.line++
	} else {
		p.noteOnce(tooLongLine)
	}
	if !utf8.ValidString(c.text) {
		p.noteOnce(notUTF8)
		c.text = strings.ToValidUTF8(c.text, "\uFFFD")
	}
	c.text = strings.ReplaceAll(c.text, "\r", " ")
	if clean := proto.Clean(c.text); clean != c.text {
		p.noteOnce(notText)
		c.text = clean
	}
	return c, nil
}

func (p *chunkReader) noteOnce(what string) {
	if !p.noted[what] {
		p.noted[what] = true
		p.note(what)
	}
}
