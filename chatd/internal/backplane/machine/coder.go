package machine

import (
	"encoding/binary"
	"time"

	"linechat/chatd/proto"
)

// A coder goes over the fields of a value, in the order in which they are encoded. It appends
// them to out, or sets them to what in begins with. Each value has one encoding, so that what
// one machine writes all read alike.
type coder struct {
	writing   bool
	out       []byte
	in        string
	malformed bool // in is no encoding of the fields; all that follow are zero
}

// encode appends what fields goes over.
func encode(b []byte, fields func(*coder)) []byte {
	c := coder{writing: true, out: b}
	fields(&c)
	return c.out
}

// decode sets what fields goes over, and reports whether in is its encoding.
func decode(in string, fields func(*coder)) bool {
	c := coder{in: in}
	fields(&c)
	return c.complete()
}

// complete reports whether all of in has been read.
func (c *coder) complete() bool { return !c.malformed && c.in == "" }

func (c *coder) fail() {
	c.malformed, c.in = true, ""
}

// take reads n bytes.
func (c *coder) take(n uint64) string {
	if n > uint64(len(c.in)) {
		c.fail()
		return ""
	}
	taken := c.in[:n]
	c.in = c.in[n:]
	return taken
}

// byte is one byte.
func (c *coder) byte(v *byte) {
	if c.writing {
		c.out = append(c.out, *v)
	} else if b := c.take(1); b != "" {
		*v = b[0]
	}
}

// fixed is bytes, as many as v has.
func (c *coder) fixed(v []byte) {
	if c.writing {
		c.out = append(c.out, v...)
	} else {
		copy(v, c.take(uint64(len(v))))
	}
}

// id reads eight bytes, in which a number sorts as it does.
func (c *coder) id() uint64 {
	var b [8]byte
	c.fixed(b[:])
	return binary.BigEndian.Uint64(b[:])
}

// uint is an unsigned varint.
func (c *coder) uint(v *uint64) {
	if c.writing {
		c.out = binary.AppendUvarint(c.out, *v)
	} else {
		*v = c.uvarint()
	}
}

// uvarint reads a number in its shortest form.
func (c *coder) uvarint() (v uint64) {
	for i := range min(len(c.in), binary.MaxVarintLen64) {
		b := c.in[i]
		v |= uint64(b&0x7f) << (7 * i)
		if b >= 0x80 {
			continue
		}
		if i > 0 && b == 0 || i == binary.MaxVarintLen64-1 && b > 1 {
			break
		}
		c.in = c.in[i+1:]
		return v
	}
	c.fail()
	return 0
}

// int is a signed number.
func (c *coder) int(v *int64) {
	zigzag := uint64(*v<<1) ^ uint64(*v>>63)
	c.uint(&zigzag)
	*v = int64(zigzag>>1) ^ -int64(zigzag&1)
}

// bool is a byte, 0 or 1.
func (c *coder) bool(v *bool) {
	var b byte
	if *v {
		b = 1
	}
	if c.byte(&b); b > 1 {
		c.fail()
	}
	*v = b == 1
}

// string is the length and the bytes.
func (c *coder) string(v *string) {
	n := uint64(len(*v))
	c.uint(&n)
	if c.writing {
		c.out = append(c.out, *v...)
	} else {
		*v = c.take(n)
	}
}

// time is Unix nanoseconds, and 0 the zero time.
func (c *coder) time(v *time.Time) {
	var n int64
	if !v.IsZero() {
		n = v.UnixNano()
	}
	if c.int(&n); !c.writing {
		*v = fromNanos(n)
	}
}

func fromNanos(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}

// name is how a name is written, its fold and its skeleton.
func (c *coder) name(v *proto.Name) {
	c.string(&v.Shown)
	c.string(&v.Fold)
	c.string(&v.Skeleton)
}

// list is the number of elements, and each of them. No more than MaxItems are read.
func list[E any](c *coder, v *[]E, element func(*E)) {
	n := uint64(len(*v))
	if c.uint(&n); !c.writing && n > 0 {
		if n > MaxItems {
			c.fail()
			return
		}
		*v = make([]E, n)
	}
	for i := range *v {
		element(&(*v)[i])
	}
}
