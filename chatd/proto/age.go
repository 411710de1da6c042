package proto

import (
	"strconv"
	"strings"
	"time"
)

// ParseAge parses an age such as 90s, 15m, 2h or 7d (protocol.md, "HISTORY"). Its
// errors are those of strconv.ParseUint and time.ParseDuration.
func ParseAge(word string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(strings.ToLower(word), "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	age, err := time.ParseDuration(strings.ToLower(word))
	if err == nil && age < 0 {
		err = strconv.ErrRange
	}
	return age, err
}
