package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

// A size is a flag of bytes, such as 64MB or 5GB. Negative: the store chooses.
type size int64

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > math.MaxInt64 {
		return errors.New("a size is a number with a unit, such as 64MB or 5GB")
	}
	*s = size(n)
	return nil
}

// String implements pflag.Value.
func (s *size) String() string {
	if *s < 0 {
		return ""
	}
	if *s%1000 != 0 && *s%1024 == 0 {
		return humanize.IBytes(uint64(*s))
	}
	return humanize.Bytes(uint64(*s))
}

// Type implements pflag.Value.
func (s *size) Type() string { return "SIZE" }

// A retain is the flag that says which posts are kept.
type retain sqlite.Retain

// Set implements pflag.Value. It adds to what was set before.
func (r *retain) Set(text string) error {
	for rule := range strings.SplitSeq(text, ",") {
		var one retain
		var err error
		switch what, value, _ := strings.Cut(rule, "="); what {
		case "age":
			one.Age, err = proto.ParseAge(value)
		case "posts":
			one.Posts, err = strconv.ParseUint(value, 10, 63)
		case "size":
			err = (*size)(&one.Size).Set(value)
		}
		if err != nil || one == (retain{}) {
			return errors.New("a rule is age=30d, posts=100000 or size=10GB, each above 0")
		}
		r.Age, r.Posts, r.Size = cmp.Or(one.Age, r.Age), cmp.Or(one.Posts, r.Posts), cmp.Or(one.Size, r.Size)
	}
	return nil
}

// String implements pflag.Value.
func (r *retain) String() string {
	if *r == (retain{}) {
		return ""
	}
	return fmt.Sprintf("age=%v,posts=%d,size=%s", r.Age, r.Posts, (*size)(&r.Size))
}

// Type implements pflag.Value.
func (r *retain) Type() string { return "RULE" }
