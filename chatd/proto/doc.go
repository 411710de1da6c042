// Package proto is the words on the wire, in both directions: commands, the
// server's lines in text and JSON, refusals, names and what text may hold.
// Parsing and writing stand side by side. protocol.md is its specification.
//
// Everything here is a value or a pure function and may be used from any
// goroutine.
package proto
