package main

import "bytes"

// The body of every post: a mark, the post's number in the round, and padding.
const (
	bodySize   = 64
	bodyDigits = 15
)

// The marks.
const (
	markPost = 'p'
	markNear = 'n' // it is posted on the machine that its reader is at
	markLast = 'z' // no post comes after it
)

// newBody returns a body of number 0.
func newBody() []byte {
	b := bytes.Repeat([]byte{'.'}, bodySize)
	setBody(b, markPost, 0)
	return b
}

// setBody writes a mark and a number into a body.
func setBody(b []byte, mark byte, number uint64) {
	b[0] = mark
	for i := bodyDigits; i > 0; i-- {
		b[i] = byte('0' + number%10)
		number /= 10
	}
}

// A command posts a body, which stands at its end, before the end of the line.
type command struct {
	bytes []byte
	end   string
}

func (c command) body() []byte {
	end := len(c.bytes) - len(c.end)
	return c.bytes[end-bodySize : end]
}

// readBody reads what setBody writes.
func readBody(b []byte) (mark byte, number uint64, ok bool) {
	number, ok = digits(b[1 : 1+bodyDigits])
	return b[0], number, ok && (b[0] == markPost || b[0] == markNear || b[0] == markLast)
}
