package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

// A size is a flag of bytes, such as 64MB or 5GB. Negative: as the store
// chooses.
type size int64

var units = []struct {
	name  string
	bytes int64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}, {"B", 1}, {"", 1}}

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	for _, u := range units {
		digits, ok := strings.CutSuffix(strings.ToUpper(text), u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/u.bytes {
			break
		}
		*s = size(n * u.bytes)
		return nil
	}
	return errors.New("a size is a number with B, KB, MB, GB or TB behind it")
}

// String implements pflag.Value.
func (s *size) String() string {
	if *s < 0 {
		return ""
	}
	for _, u := range units {
		if n := int64(*s); n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprint(n/u.bytes, u.name)
		}
	}
	return "0B"
}

// Type implements pflag.Value.
func (s *size) Type() string { return "SIZE" }

// A retain is the flag of how much is kept.
type retain sqlite.Retain

// Set implements pflag.Value. It adds to what was set before.
func (r *retain) Set(text string) error {
	for rule := range strings.SplitSeq(text, ",") {
		what, value, _ := strings.Cut(rule, "=")
		var err error
		switch what {
		case "age":
			if r.Age, err = proto.ParseAge(value); err == nil && r.Age == 0 {
				err = strconv.ErrRange
			}
		case "posts":
			if r.Posts, err = strconv.ParseUint(value, 10, 63); err == nil && r.Posts == 0 {
				err = strconv.ErrRange
			}
		case "size":
			if err = (*size)(&r.Size).Set(value); err == nil && r.Size == 0 {
				err = strconv.ErrRange
			}
		default:
			err = strconv.ErrSyntax
		}
		if err != nil {
			return errors.New("rules are age=30d, posts=100000 and size=10GB, above 0")
		}
	}
	return nil
}

// String implements pflag.Value.
func (r *retain) String() string {
	var rules []string
	if r.Age > 0 {
		rules = append(rules, "age="+r.Age.Round(time.Second).String())
	}
	if r.Posts > 0 {
		rules = append(rules, fmt.Sprint("posts=", r.Posts))
	}
	if r.Size > 0 {
		rules = append(rules, "size="+(*size)(&r.Size).String())
	}
	return strings.Join(rules, ",")
}

// Type implements pflag.Value.
func (r *retain) Type() string { return "RULE" }
