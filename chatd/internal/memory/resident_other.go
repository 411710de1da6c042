//go:build !linux

package memory

// resident returns 0: on this system what Go itself has counts, and not what SQLite has.
func resident() int64 { return 0 }
