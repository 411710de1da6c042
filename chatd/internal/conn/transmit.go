package conn

import (
	"errors"
	"os"
	"time"
)

// ByeTimeout is how long a session that has ended may take no byte of what is left to be
// written, BYE last.
const ByeTimeout = 500 * time.Millisecond

const (
	writeSize    = 64 << 10    // about how many bytes one write has at most
	writeTimeout = time.Minute // how long a session may take no byte
)

// transmit writes what was gathered. Where the peer reads slowly it waits, if the writer
// may, else it returns errWouldBlock. ErrStalled: the peer has taken no byte for too long.
func (w *Writer) transmit(b *flushBatch) error {
	pieces := b.all()
	if len(pieces) == 0 {
		return nil
	}
	n, err := w.conn.TryWrite(pieces)
	pieces = w.written(b, n)
	if err != nil {
		return err
	}
	for len(pieces) > 0 {
		if !w.blocking {
			return errWouldBlock
		}
		n, err := w.writeBlocking(pieces)
		if err != nil {
			return err
		}
		pieces = w.written(b, n)
	}
	return nil
}

// written counts n bytes that are written, and returns what is left of the batch.
func (w *Writer) written(b *flushBatch, n int) [][]byte {
	w.Written.Add(int64(n))
	return b.written(n)
}

// writeBlocking waits until the peer takes some of the pieces. A write that took nothing is
// not tried again: once one has timed out, crypto/tls fails all that follow.
func (w *Writer) writeBlocking(pieces [][]byte) (int, error) {
	_ = w.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	if w.owner.Context().Err() != nil { // maybe only since then
		_ = w.conn.SetWriteDeadline(time.Now().Add(ByeTimeout))
	}
	w.config.Waiting.Add(1)
	n, err := w.conn.WriteSome(pieces)
	w.config.Waiting.Add(-1)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = ErrStalled
	}
	return n, err
}
