package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"linechat/scripts/harness"
)

// A scene is where a run takes place: its options, a temporary directory, the
// binary under test, and where it reports.
type scene struct {
	*options
	dir      string // temporary; everything of the run is in it
	chatd    string // the binary
	out      io.Writer
	progress *harness.Progress // on stderr
}

// inScene runs a mode with a scene of its own, and clears it away.
func inScene(ctx context.Context, o *options, out io.Writer, run func(context.Context, *scene) error) (err error) {
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		return err
	}
	s := &scene{options: o, dir: dir, chatd: o.chatd, out: out, progress: harness.NewProgress(os.Stderr)}
	defer func() {
		if o.keep {
			s.printf("kept: %s\n", dir)
			return
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	err = run(ctx, s)
	s.progress.Clear()
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

// build has the binary built, unless one was given.
func (s *scene) build(ctx context.Context) (err error) {
	if s.chatd != "" {
		s.chatd, err = filepath.Abs(s.chatd)
		return err
	}
	s.progress.Show("building chatd")
	s.chatd = s.path("chatd")
	return harness.Build(ctx, s.chatd)
}

// path returns where a file of the scene is.
func (s *scene) path(name string) string { return filepath.Join(s.dir, name) }

// random returns the random numbers for one purpose.
func (s *scene) random(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, purpose)) }

// Purposes of random numbers: that they differ keeps the one from shifting the
// other. Posters use their number.
const (
	forMoments = 1<<32 + iota
	forPages
	forDamage
	forTexts
)

func (s *scene) printf(format string, args ...any) {
	s.progress.Clear()
	fmt.Fprintf(s.out, format, args...)
}

// sleep waits for d, or for the end of the run.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// between returns a random time from low to high.
func between(r *rand.Rand, low, high time.Duration) time.Duration {
	return low + time.Duration(r.Int64N(int64(high-low)+1))
}
