//go:build !linux || 386 || arm

package main

import (
	"errors"
	"math/rand/v2"
	"sync/atomic"
)

// A disk would be a file system whose power can be cut. It is built on FUSE as 64-bit
// Linux has it.
type disk struct {
	dir         string
	ignoreFsync bool
	failure     atomic.Pointer[failure]
}

func canMount() error { return skipped{"the file system whose power is cut runs on 64-bit Linux only"} }

func mount(string, image) (*disk, error) { return nil, errors.ErrUnsupported }

func (*disk) unmount() error                { return errors.ErrUnsupported }
func (*disk) cut(*rand.Rand, float64) image { return nil }
