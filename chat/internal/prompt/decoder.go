package prompt

import (
	"bytes"
	"time"
)

const (
	escapeTimeout   = 50 * time.Millisecond  // until an ESC is the key of that name
	sequenceTimeout = 200 * time.Millisecond // until a sequence that has begun is taken as it is
	pasteTimeout    = 5 * time.Second        // without a byte, until a paste has ended
)

// A decoder cuts what a terminal sends into keys.
type decoder struct {
	buf     []byte
	pasting bool
	paste   []byte
	dropped int // the length of a paste that is too long to be kept
}

func (d *decoder) feed(p []byte) { d.buf = append(d.buf, p...) }

// next returns the next key. It reports false if there is none, or not yet all
// of it; with idle it takes what there is for all that comes.
func (d *decoder) next(idle bool) (key, bool) {
	for d.pasting || len(d.buf) > 0 {
		if d.pasting {
			return d.nextPaste(idle)
		}
		k, n := decode(d.buf, idle)
		if n == 0 {
			break
		}
		d.buf = d.buf[n:]
		if k.kind == pasted {
			d.pasting, d.paste, d.dropped = true, nil, 0
			continue
		}
		if k.kind != nothing {
			return k, true
		}
	}
	return key{}, false
}

// timeout is how long to wait for the rest of what has begun, 0 if nothing has.
func (d *decoder) timeout() time.Duration {
	switch {
	case d.pasting:
		return pasteTimeout
	case len(d.buf) == 0:
		return 0
	case len(bytes.TrimLeft(d.buf, "\x1b")) == 0:
		return escapeTimeout
	}
	return sequenceTimeout
}
