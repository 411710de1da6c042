package lineeditor

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// What the Terminal understands.
const (
	home      = "\x01"
	end       = "\x05"
	clearLine = end + "\x15" // Ctrl-U deletes what is before the cursor
)

// translations is what keys send and the Terminal does not know, or knows as something
// else, and what it gets in its place.
var translations = []struct{ key, becomes string }{
	{"\x03", clearLine}, // Ctrl-C: the Terminal would end
	{"\x1b[1~", home}, {"\x1b[7~", home}, {"\x1bOH", home},
	{"\x1b[4~", end}, {"\x1b[8~", end}, {"\x1bOF", end},
	{"\x1bOA", "\x1b[A"}, {"\x1bOB", "\x1b[B"}, {"\x1bOC", string(keyRight)}, {"\x1bOD", string(keyLeft)},
	{"\x1b[1;5C", "\x1b[1;3C"}, {"\x1b[1;5D", "\x1b[1;3D"}, // Ctrl with an arrow moves by a word, as Alt does
	{pasteBegin, ""}, {pasteEnd, ""},
	{"\x7f", string(keyBackspace)}, {"\x08", string(keyBackspace)}, {"\x1b[3~", string(keyDelete)}, {"\x04", string(keyCtrlD)},
	{"\x1b[D", string(keyLeft)}, {"\x02", string(keyLeft)}, {"\x1b[C", string(keyRight)}, {"\x06", string(keyRight)},
	{"\x1b[A", "\x1b[A"}, {"\x1b[B", "\x1b[B"}, {"\x1b[H", home}, {"\x1b[F", end}, {"\x1b[1;3C", "\x1b[1;3C"}, {"\x1b[1;3D", "\x1b[1;3D"},
	{"\x14", ""}, // Ctrl-T would part a rune and its filler
}

// The marks of what is pasted.
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// giveUp is Ctrl-C while a password is typed: the line is cleared and entered.
const giveUp = clearLine + "\r"

// keys reads the keys of a peer and translates them. What is pasted is text: a tab in it is
// a blank and completes nothing, and other control characters are dropped.
type keys struct {
	peer    io.Reader
	hidden  bool   // a password is being typed
	ended   bool   // Ctrl-D was typed on an empty line
	pasting bool   // between the marks
	held    []byte // a key that has not come whole
	ready   []byte // translated
}

// Read implements io.Reader.
func (k *keys) Read(p []byte) (int, error) {
	for len(k.ready) == 0 {
		if k.ended {
			return 0, io.EOF
		}
		n, err := k.peer.Read(p)
		k.translate(p[:n])
		if err != nil && len(k.ready) == 0 {
			return 0, err
		}
	}
	n := copy(p, k.ready)
	k.ready = k.ready[n:]
	return n, nil
}

func (k *keys) translate(input []byte) {
	rest := append(k.held, input...)
	k.held = nil
	for len(rest) > 0 {
		n := k.key(rest)
		if n == 0 {
			k.held = bytes.Clone(rest)
			return
		}
		rest = rest[n:]
	}
}

// key translates the key at the beginning of input, and returns how many bytes it has, or 0
// if it has not come whole.
func (k *keys) key(input []byte) int {
	for _, t := range translations {
		if bytes.HasPrefix(input, []byte(t.key)) {
			k.translated(t.key, t.becomes)
			return len(t.key)
		}
		if bytes.HasPrefix([]byte(t.key), input) {
			return 0
		}
	}
	switch r, n := utf8.DecodeRune(input); {
	case !utf8.FullRune(input):
		return 0
	case r == utf8.RuneError, reserved(r): // the Terminal would wait for the rest of it
		return n
	case r == '\x1b':
		return escapeSize(input)
	case n > 1:
		k.ready = append(k.ready, input[:n]...)
		return n
	case k.pasting:
		k.pasted(input[0])
	default:
		k.ready = append(k.ready, input[0])
	}
	return 1
}

func (k *keys) translated(key, becomes string) {
	switch {
	case key == pasteBegin:
		k.pasting = true
	case key == pasteEnd:
		k.pasting = false
	case k.pasting: // no key
	case k.hidden && becomes == clearLine:
		k.ready = append(k.ready, giveUp...)
	case k.hidden: // the Terminal does what it can
		k.ready = append(k.ready, key...)
	default:
		k.ready = append(k.ready, becomes...)
	}
}

func (k *keys) pasted(b byte) {
	switch {
	case b == '\t':
		k.ready = append(k.ready, ' ')
	case b >= ' ' && b != 0x7f, b == '\r', b == '\n':
		k.ready = append(k.ready, b)
	}
}

// maxEscape is how many bytes the sequence of a key may have.
const maxEscape = 32

// escapeSize returns how many bytes the sequence of a key that nobody knows has, or 0 if it
// has not come whole. It is dropped: the Terminal waits for the end of some for ever.
func escapeSize(input []byte) int {
	switch {
	case len(input) < 2:
		return 0
	case input[1] < ' ': // another key
		return 1
	case input[1] == 'O':
		return min(len(input)/3*3, 3)
	case input[1] != '[':
		return 2
	}
	for i, b := range input[2:] {
		if b < 0x20 || b > 0x3f || i == maxEscape {
			return i + 3
		}
	}
	return 0
}
