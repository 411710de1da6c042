package main

import (
	"bufio"
	"errors"
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
	r     *bufio.Reader
	note  func(what string) // called the first time that a chunk is not as it was
	noted map[string]bool

	line      int
	raw       []byte // the beginning of a character
	pending   string // of the line that is being read, valid UTF-8
	lineEnded bool   // the line has ended
	err       error
}

// What the input was not fit to be posted for.
const (
	notUTF8     = "bytes that are not UTF-8 are posted as \uFFFD"
	notText     = "escape sequences and control characters are left out"
	tooLongLine = "lines of more than 8000 bytes are posted in parts"
)

func newChunkReader(r io.Reader, note func(string)) *chunkReader {
	return &chunkReader{r: bufio.NewReaderSize(r, maxChunk), note: note, noted: map[string]bool{}, line: 1}
}

// next returns the next chunk. A last line without an end is one as well, but
// where reading has failed it is dropped, because it may have been cut.
func (p *chunkReader) next() (chunk, error) {
	for {
		switch {
		case len(p.pending) > maxChunk:
			return p.takePart(), nil
		case p.lineEnded:
			return p.takeRest(), nil
		case p.err == io.EOF && p.pending != "":
			p.lineEnded = true
		case p.err != nil:
			return chunk{}, p.err
		default:
			p.read()
		}
	}
}

// read takes in what there is of the line, up to its end.
func (p *chunkReader) read() {
	chunk, err := p.r.ReadSlice('\n')
	p.raw = append(p.raw, chunk...)
	switch {
	case err == nil:
		p.lineEnded = true
		p.raw = p.raw[:len(p.raw)-1]
	case !errors.Is(err, bufio.ErrBufferFull):
		p.err = err
	}
	n := len(p.raw)
	if !p.lineEnded && p.err == nil {
		n = completeRunes(p.raw)
	}
	text := string(p.raw[:n])
	if !utf8.ValidString(text) {
		p.noteOnce(notUTF8)
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	p.pending += text
	p.raw = append(p.raw[:0], p.raw[n:]...)
}

// takePart takes as much of the line as one post can hold.
func (p *chunkReader) takePart() chunk {
	p.noteOnce(tooLongLine)
	n := maxChunk
	for !utf8.RuneStart(p.pending[n]) {
		n--
	}
	text := p.pending[:n]
	p.pending = p.pending[n:]
	return chunk{text: p.clean(text), line: p.line}
}

// takeRest takes the rest of the line.
func (p *chunkReader) takeRest() chunk {
	text := strings.TrimSuffix(p.pending, "\r")
	p.pending, p.lineEnded = "", false
	p.line++
	return chunk{text: p.clean(text), line: p.line - 1, ends: true}
}

// clean takes out what the server would take out, so that it can be said. A
// carriage return, between the states of a counter that goes up, is a blank.
func (p *chunkReader) clean(text string) string {
	text = strings.ReplaceAll(text, "\r", " ")
	clean := proto.Clean(text)
	if clean != text {
		p.noteOnce(notText)
	}
	return clean
}

func (p *chunkReader) noteOnce(what string) {
	if !p.noted[what] {
		p.noted[what] = true
		p.note(what)
	}
}

// completeRunes returns how many bytes of b are there before a character that has
// only begun.
func completeRunes(b []byte) int {
	for i := len(b) - 1; i >= 0 && i > len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if utf8.FullRune(b[i:]) {
				break
			}
			return i
		}
	}
	return len(b)
}
