//go:build !linux

package main

// inMemory and kernel are known on Linux only.
func inMemory(string) bool { return false }
func kernel() string       { return "of unknown version" }
