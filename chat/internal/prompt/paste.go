package prompt

import (
	"bytes"
	"fmt"
	"strings"

	"linechat/chatd/proto"
)

var pasteEnd = []byte("\x1b[201~")

// nextPaste returns the paste under way as a key, once all of it is there.
func (d *decoder) nextPaste(idle bool) (key, bool) {
	end := bytes.Index(d.buf, pasteEnd)
	switch {
	case end >= 0:
		d.keep(d.buf[:end])
		d.buf = d.buf[end+len(pasteEnd):]
	case idle:
		d.keep(d.buf)
		d.buf = d.buf[:0]
	default: // the end may have begun
		sure := max(len(d.buf)-len(pasteEnd)+1, 0)
		d.keep(d.buf[:sure])
		d.buf = append(d.buf[:0], d.buf[sure:]...)
		return key{}, false
	}
	d.pasting = false
	k := key{kind: pasted, text: string(d.paste)}
	if d.dropped > 0 {
		k = key{kind: pasted, dropped: d.dropped}
	}
	d.paste = nil
	return k, true
}

// keep adds to the paste, or only counts once it is too long.
func (d *decoder) keep(p []byte) {
	if d.dropped > 0 || len(d.paste)+len(p) > proto.MaxPasteBytes {
		d.dropped = max(d.dropped, len(d.paste)) + len(p)
		return
	}
	d.paste = append(d.paste, p...)
}

// refusal says why a paste is not taken; "" if it is.
func (k key) refusal() string {
	if k.dropped > 0 {
		return fmt.Sprintf("Not pasted: it has %d bytes, and the limit is %d.", k.dropped, proto.MaxPasteBytes)
	}
	if n := 1 + strings.Count(editable(k.text), string(breakPlaceholder)); n > proto.MaxPasteLines {
		return fmt.Sprintf("Not pasted: it has %d lines, and the limit is %d.", n, proto.MaxPasteLines)
	}
	return ""
}

// pasteInto is what a paste types into the line. The line break at its end,
// which comes with copying whole lines, is left out.
func (k key) pasteInto() string {
	return strings.TrimRight(editable(strings.ToValidUTF8(k.text, "\uFFFD")), string(breakPlaceholder))
}
