// Package proto parses and writes the lines of the protocol, in both directions:
// commands, the server's lines in text and JSON, refusals, names, and the
// characters that text may have. Its specification is protocol.md.
//
// The package has only values and pure functions. Any goroutine may use them.
package proto
