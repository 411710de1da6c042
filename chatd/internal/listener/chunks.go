package listener

import "io"

const (
	smallChunk = 512      // bytes of the buffer that waits for input
	largeChunk = 16 << 10 // bytes of the one that takes the rest of much
)

// chunks reads what comes with a small buffer, and with a large one after that was full, so
// that little is held while there is nothing.
type chunks struct {
	reader io.Reader
	buf    []byte
}

func (c *chunks) next() ([]byte, error) {
	if c.buf == nil {
		c.buf = make([]byte, smallChunk)
	}
	n, err := c.reader.Read(c.buf)
	input := c.buf[:n]
	switch full := n == len(c.buf); {
	case full && n == smallChunk:
		c.buf = make([]byte, largeChunk)
	case !full && len(c.buf) == largeChunk:
		c.buf = nil
	}
	return input, err
}
