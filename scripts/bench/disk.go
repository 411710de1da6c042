package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// The probe of the disk writes so much, so often, and takes so long at most.
const (
	probeSize   = 4 << 10
	probeWrites = 2000
	probeWithin = time.Second
)

// probeDisk says how long it takes to append to a file in dir and sync it.
func probeDisk(ctx context.Context, dir string) (string, error) {
	if inMemory(dir) {
		return "disk: none, the files are on tmpfs and fsync costs nothing there (--dir chooses another place)", nil
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
	return fmt.Sprintf("disk: %d KB append and fsync: p50 %.3f ms, p99 %.3f ms (%d times)",
		probeSize>>10, milliseconds(h.quantile(0.5)), milliseconds(h.quantile(0.99)), h.count), nil
}

// machine says what all this runs on.
func machine() string {
	return fmt.Sprintf("%d CPUs, %s %s %s, %s", runtime.NumCPU(), runtime.GOOS, kernel(), runtime.GOARCH, runtime.Version())
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
