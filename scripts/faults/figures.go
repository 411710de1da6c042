package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxSinkSpread is by how much the p99 of an attack on a sink may differ from run to run:
// where it differs more, the machine had other work to do.
const maxSinkSpread = 1.3

// Figures are what a measurement shows.
type figures struct {
	before, sunk, attacked, after time.Duration // p99 of the crowd's posts; sunk is 0 if there was no sink
	memory                        int64         // resident bytes, at their height
	stored                        int64         // bytes in the data directory
	logged                        int64         // lines
	outcome                       string        // of the attack
	noticed                       string        // by those who did not attack
}

// figures returns what the measurement shows; chatd must be running.
func (m *measurement) figures() (f figures, err error) {
	f = figures{before: m.crowd.p99(m.before), sunk: m.crowd.p99(m.sunk), attacked: m.crowd.p99(m.attacked), after: m.crowd.p99(m.after)}
	f.outcome = m.outcome
	f.noticed = fmt.Sprintf("each of the crowd read up to %d other lines; %v", m.crowd.noise(), m.visitor)
	peak, err := m.daemon.PeakResident()
	if err != nil {
		return f, err
	}
	f.memory = int64(peak)
	if f.stored, err = sizeOf(filepath.Join(m.dir, "data")); err != nil {
		return f, err
	}
	log, err := os.ReadFile(filepath.Join(m.dir, "log"))
	f.logged = int64(bytes.Count(log, []byte("\n")))
	return f, err
}

// sizeOf returns the bytes of all files in a directory.
func sizeOf(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}

// String returns what one run shows.
func (f figures) String() string {
	return fmt.Sprintf("p99 %s; %s resident at most, %s stored, %d lines logged", f.latency(), megabytes(f.memory), megabytes(f.stored), f.logged)
}

func (f figures) latency() string {
	text := ms(f.before) + " ms before, "
	if f.sunk > 0 {
		text += ms(f.sunk) + " with a sink, "
	}
	return text + fmt.Sprintf("%s during, %s after", ms(f.attacked), ms(f.after))
}

// summarize returns the medians of the runs' p99s, what they are relative to each other, and
// the greatest of all else.
func summarize(runs []figures) string {
	p99 := func(of func(figures) time.Duration) time.Duration {
		all := make([]time.Duration, len(runs))
		for i, f := range runs {
			all[i] = of(f)
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	greatest := func(of func(figures) int64) int64 {
		return of(slices.MaxFunc(runs, func(a, b figures) int { return cmp.Compare(of(a), of(b)) }))
	}
	f := figures{
		before: p99(func(f figures) time.Duration { return f.before }), sunk: p99(func(f figures) time.Duration { return f.sunk }),
		attacked: p99(func(f figures) time.Duration { return f.attacked }), after: p99(func(f figures) time.Duration { return f.after }),
		memory: greatest(func(f figures) int64 { return f.memory }), stored: greatest(func(f figures) int64 { return f.stored }),
		logged: greatest(func(f figures) int64 { return f.logged }),
	}
	text := fmt.Sprintf("%d runs: %v", len(runs), f)
	if f.sunk > 0 {
		text += fmt.Sprintf("; that during it is %.2f x that with a sink%s", ratio(f.attacked, f.sunk), void(runs))
	}
	return text + fmt.Sprintf(", that after it %.2f x that before", ratio(f.after, f.before))
}

// void says so if the runs with a sink differ too much for the others to be compared with.
func void(runs []figures) string {
	bySink := func(a, b figures) int { return cmp.Compare(a.sunk, b.sunk) }
	spread := ratio(slices.MaxFunc(runs, bySink).sunk, slices.MinFunc(runs, bySink).sunk)
	if spread <= maxSinkSpread {
		return ""
	}
	return fmt.Sprintf(" (void: those with a sink differ by %.2f x)", spread)
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func ms(d time.Duration) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)), ".0")
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
