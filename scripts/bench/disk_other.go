//go:build !linux

package main

// onTmpfs and kernel are known on Linux only.
func onTmpfs(string) bool { return false }
func kernel() string      { return "of unknown version" }
