package memory

import (
	"fmt"
	"os"
)

// resident returns the resident set of this process in bytes, 0 if it is not known (proc(5),
// "/proc/pid/statm").
func resident() int64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
