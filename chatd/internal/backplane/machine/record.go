// Package machine is the pure function by which every machine of a chat makes the same of the
// same log: a State and a record give another State and the verdicts. Nothing in it reads a
// clock, draws a number or lets the order of a map show.
package machine

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strings"

	"linechat/chatd/internal/backplane"
)

// Version is the newest version of records that this package reads, and the one it writes.
const Version = 1

// What a publisher puts into a record at most. A change that takes more than MaxBytes has a
// record of its own.
const (
	MaxItems = 512 // changes; as many posts, keys and so on of one change
	MaxBytes = 256 << 10
)

// Errors of Decode.
var (
	// ErrVersion says that a newer chatd has written the record: the log cannot be applied
	// any further.
	ErrVersion = errors.New("machine: a record of an unknown version; a newer chatd is needed to follow the log")
	// ErrUnknownKind says the same of a change in the record.
	ErrUnknownKind = errors.New("machine: a record with a change of an unknown kind; a newer chatd is needed to follow the log")
	// ErrMalformed says that the bytes are no record. They count as nothing.
	ErrMalformed = errors.New("machine: malformed record")
)

// A Record is what a machine publishes at once.
type Record struct {
	Epoch uint64 // of the machine; never 0
	N     uint64 // of the record in the epoch, from 1
	Items []backplane.Change
}

// Append appends the record's encoding to b.
func (r *Record) Append(b []byte) []byte {
	b = AppendHeader(b, r.Epoch, r.N, len(r.Items))
	for _, c := range r.Items {
		b = AppendItem(b, c)
	}
	return b
}

// AppendHeader appends the beginning of a record, which as many items follow.
func AppendHeader(b []byte, epoch, n uint64, items int) []byte {
	b = append(b, Version)
	b = binary.BigEndian.AppendUint64(b, epoch)
	b = binary.AppendUvarint(b, n)
	return binary.AppendUvarint(b, uint64(items))
}

// AppendItem appends a change as a record has it: its kind, the length of the body, the body.
func AppendItem(b []byte, change backplane.Change) []byte {
	k := kindOfType[reflect.TypeOf(change)]
	body := encode(nil, func(c *coder) { k.fields(c, change) })
	b = append(b, k.letter)
	b = binary.AppendUvarint(b, uint64(len(body)))
	return append(b, body...)
}

// Decode returns the record that b is the encoding of. ErrVersion, ErrUnknownKind,
// ErrMalformed.
func Decode(b []byte) (r Record, err error) {
	if len(b) == 0 {
		return Record{}, ErrMalformed
	}
	if b[0] != Version {
		return Record{}, ErrVersion
	}
	c := coder{in: string(b[1:])}
	n := c.header(&r)
	if n == 0 || n > MaxItems {
		return Record{}, ErrMalformed
	}
	r.Items = make([]backplane.Change, n)
	for i := range r.Items {
		if r.Items[i], err = c.item(); err != nil {
			return Record{}, err
		}
	}
	if !c.complete() || !r.inOrder() {
		return Record{}, ErrMalformed
	}
	return r, nil
}

// header reads whose record it is, and returns how many items follow; 0: it is malformed.
func (c *coder) header(r *Record) (items uint64) {
	r.Epoch = c.id()
	c.uint(&r.N)
	if items = c.uvarint(); r.Epoch == 0 || r.N == 0 {
		return 0
	}
	return items
}

// item reads a change.
func (c *coder) item() (backplane.Change, error) {
	var letter byte
	c.byte(&letter)
	body := c.take(c.uvarint())
	if c.malformed {
		return nil, ErrMalformed
	}
	k := kindOfLetter[letter]
	if k == nil {
		return nil, ErrUnknownKind
	}
	change := k.new()
	if !decode(strings.Clone(body), func(c *coder) { k.fields(c, change) }) {
		return nil, ErrMalformed
	}
	return change, nil
}

// inOrder reports whether the record begins and ends its epoch as it may: the first of an
// epoch is a heartbeat alone, and nothing follows EndEpoch.
func (r *Record) inOrder() bool {
	for i, change := range r.Items {
		if _, end := change.(*backplane.EndEpoch); end && i < len(r.Items)-1 {
			return false
		}
	}
	if r.N > 1 {
		return true
	}
	_, begins := r.Items[0].(*backplane.Heartbeat)
	return begins && len(r.Items) == 1
}
