package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// What the probe of the disk writes, how often, and for how long at most.
const (
	probeSize   = 4 << 10
	probeWrites = 2000
	probeWithin = time.Second
)

// probeDisk describes how long it takes to append to a file in dir and to sync it.
func probeDisk(ctx context.Context, dir string) (string, error) {
	if onTmpfs(dir) {
		return "none; the files are on tmpfs, where fsync costs nothing (--dir chooses another directory)", nil
	}
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var h histogram
	block := make([]byte, probeSize)
	for end := time.Now().Add(probeWithin); h.count < probeWrites && time.Now().Before(end) && ctx.Err() == nil; {
		began := time.Now()
		if _, err := f.Write(block); err != nil {
			return "", err
		}
		if err := f.Sync(); err != nil {
			return "", err
		}
		h.add(time.Since(began))
	}
	return fmt.Sprintf("appending and syncing %d KB takes %v at p50, %v at p99 (%d times)",
		probeSize>>10, h.quantile(0.5), h.quantile(0.99), h.count), nil
}

// machine describes the machine.
func machine() string {
	return fmt.Sprintf("%d CPUs, %s %s %s, %s", runtime.NumCPU(), runtime.GOOS, kernel(), runtime.GOARCH, runtime.Version())
}
