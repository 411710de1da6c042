//go:build unix

package main

import "syscall"

// descriptorLimit returns how many file descriptors chatd may have, which the Go
// runtime has raised as far as the system lets it.
func descriptorLimit() (int, error) {
	var limit syscall.Rlimit
	err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	return int(min(uint64(limit.Cur), maxDescriptors)), err
}
