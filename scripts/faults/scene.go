//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// A scene is where a run takes place: its options, a temporary directory, the
// binary under test, and where it reports.
type scene struct {
	*options
	dir   string // temporary; everything of the run is in it
	chatd string // the binary
	out   io.Writer
	shows bool // progress on stderr
}

// inScene runs a mode with a scene of its own, and clears it away.
func inScene(ctx context.Context, o *options, out io.Writer, run func(context.Context, *scene) error) (err error) {
	dir, err := os.MkdirTemp("", "faults")
	if err != nil {
		return err
	}
	_, notTerminal := unix.IoctlGetTermios(int(os.Stderr.Fd()), unix.TCGETS)
	s := &scene{options: o, dir: dir, chatd: o.chatd, out: out, shows: notTerminal == nil}
	defer func() {
		if o.keep {
			s.printf("kept: %s\n", dir)
			return
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}()
	err = run(ctx, s)
	s.progress("")
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
	s.progress("building chatd")
	s.chatd = s.path("chatd")
	args := []string{"build", "-o", s.chatd}
	if s.synchronous != "" {
		args = append(args, "-ldflags", "-X linechat/chatd/internal/history/sqlite.synchronous="+s.synchronous)
	}
	out, err := exec.CommandContext(ctx, "go", append(args, "linechat/chatd")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
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
	s.progress("")
	fmt.Fprintf(s.out, format, args...)
}

// progress shows how far it has come, in place of what it showed before.
func (s *scene) progress(format string, args ...any) {
	if s.shows {
		fmt.Fprintf(os.Stderr, "\r\x1b[K"+format, args...)
	}
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
