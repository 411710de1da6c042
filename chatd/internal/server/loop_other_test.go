//go:build !linux || portable

package server

// goroutinesEach is how many an idle session has.
const goroutinesEach = 1
