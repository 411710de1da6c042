package main

import (
	"errors"
	"log/slog"

	"linechat/chatd/internal/memory"
)

// The memory limit: what the flag is by default, the least it may be, and which parts of it,
// at most, are for what.
const (
	memoryLimitAuto = -1
	minMemoryLimit  = 64e6

	shareOfLogs   = 8  // of all rooms
	shareOfReader = 64 // of the store, of which there are six
	shareOfPosts  = 2  // with --memory
)

func (o *options) checkMemory() error {
	if o.memoryLimit > 0 && o.memoryLimit < minMemoryLimit {
		return errors.New("--memory-limit must be at least 64MB, or 0 for no limit")
	}
	return nil
}

// limitMemory decides the limit where the flag does not.
func (o *options) limitMemory(log *slog.Logger) {
	if o.memoryLimit != memoryLimitAuto {
		return
	}
	available, err := memory.Available()
	if err != nil {
		log.Warn("how much memory there is is not known, so there is no limit; --memory-limit sets one", "err", err)
	}
	o.memoryLimit = size(available / 4 * 3)
}

// part returns how many bytes a cache may take: one in so many of the limit, and usual at most.
func (o *options) part(usual, share int64) int64 {
	if o.memoryLimit == 0 {
		return usual
	}
	return min(usual, int64(o.memoryLimit)/share)
}

// watchMemory begins to keep to the limit, if there is one.
func (d *daemon) watchMemory() {
	if limit := int64(d.options.memoryLimit); limit > 0 {
		d.memory = memory.Start(memory.Config{Log: d.log, Limit: limit, Shrink: d.hub.ShrinkLogs})
	}
}
