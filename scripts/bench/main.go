// Bench compares chatd with redis and nats-server on this machine: how many
// posts a second they acknowledge, and what it costs them to fan posts out. Of
// chatd alone it measures how long it takes to bring posts back, from a history
// of a size that can be chosen.
//
//	go run ./scripts/bench [flags] [posts] [fanout] [history]
//
// The tables posts and fanout are made unless others are named. For them servers
// run on loopback, a fresh one with empty files for each round, and rounds
// alternate between them, so that what else the machine does meets all of them
// alike. Their CPU time is that of their processes: what the kernel does
// elsewhere for them, such as writing the file system's journal, is not in it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
)

// Exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the whole program. On every way out its servers have ended and its
// files are gone.
func run(args []string, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(stdout, o.usage())
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v (--help lists the flags)\n", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err = bench(ctx, o, stdout, stderr)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "bench: interrupted")
		return exitInterrupted
	case err != nil:
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// bench makes the tables that were asked for, in a directory of its own.
func bench(ctx context.Context, o *options, stdout, stderr io.Writer) (err error) {
	dir, err := os.MkdirTemp(o.dir, "linechat-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	systems, err := findSystems(ctx, o, dir, stdout)
	if err != nil {
		return err
	}
	disk, err := probeDisk(ctx, dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "machine: %s\n%s\n", machine(), disk)
	s := &series{systems: systems, tables: o.chosen(), rounds: o.rounds, dir: dir}
	return s.run(ctx, stdout, stderr)
}
