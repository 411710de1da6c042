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

// A workspace is what a test works with: its options, a temporary directory, the
// binary under test, and where it reports.
type workspace struct {
	*options
	dir      string // temporary; holds all files of the test
	chatd    string // the binary
	out      io.Writer
	progress *harness.Progress // on stderr
}

// inWorkspace runs a mode in a workspace of its own, which it removes afterwards.
func inWorkspace(ctx context.Context, o *options, out io.Writer, run func(context.Context, *workspace) error) (err error) {
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		return err
	}
	w := &workspace{options: o, dir: dir, chatd: o.chatd, out: out, progress: harness.NewProgress(os.Stderr)}
	defer func() {
		if o.keep {
			w.printf("kept %s\n", dir)
			return
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	err = run(ctx, w)
	w.progress.Clear()
	if ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

// build builds the binary, unless the options name one.
func (w *workspace) build(ctx context.Context) (err error) {
	if w.chatd != "" {
		w.chatd, err = filepath.Abs(w.chatd)
		return err
	}
	w.progress.Show("building chatd")
	w.chatd, err = harness.Build(ctx, w.dir)
	return err
}

// path returns the path of a file in the workspace.
func (w *workspace) path(name string) string { return filepath.Join(w.dir, name) }

// random returns the random numbers for one purpose.
func (w *workspace) random(purpose uint64) *rand.Rand { return rand.New(rand.NewPCG(w.seed, purpose)) }

// Purposes of random numbers. Each has a sequence of its own, so that drawing more
// for one does not change the others. Posters use their number.
const (
	forMoments = 1<<32 + iota
	forPages
	forTexts
	forHolders // and the number
)

// Purposes of random numbers, to which a number is added.
const (
	forRoutes = 1<<33 + iota<<32
	forRetries
	forDisks
)

func (w *workspace) printf(format string, args ...any) {
	w.progress.Clear()
	fmt.Fprintf(w.out, format, args...)
}

// sleep waits for d, or until ctx ends.
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
