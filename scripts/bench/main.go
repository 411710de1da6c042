// Bench compares chatd with redis and nats-server on this machine: how many posts
// per second they acknowledge, how long a post takes to another machine, what it costs them
// to deliver posts to a large room, and how much memory an idle connection takes. How long reading a long history takes is measured beside the store:
// go test -bench . ./chatd/internal/history/sqlite.
//
//	go run ./scripts/bench [flags] [posts] [delivery] [fanout] [idle] >new
//
// It prints Go's benchmark format, from which benchstat
// (golang.org/x/perf/cmd/benchstat) makes tables:
//
//	benchstat -col /server new    compares the servers
//	benchstat old new             compares two versions of chatd
//
// Unless benchmarks are named, it runs posts and fanout. What encryption costs shows
// with --servers chatd,chatd-tls,chatd-ssh: the same chatd over TCP, TLS and SSH, whose
// clients decrypt on the same processors. What a chat on several machines takes shows with
//
//	go run ./scripts/bench --servers jetstream,cluster1,cluster3 delivery
//
// which compares one and three chatds on three nats-servers with what these do alone: one
// stream, replicated to all three, that delivers what it has stored. The servers run on
// loopback, a fresh one with empty files for each round, and rounds alternate
// between the servers, so that other load on the machine affects all of them alike.
// CPU time is that of the server's processes, without what the kernel does elsewhere
// for it, such as writing the file system's journal. Servers written in Go collect their
// garbage early while idle is measured, so that memory is what is in use.
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

// run is the whole program. When it returns, its servers have ended and its files
// are removed.
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

// bench runs the benchmarks in a directory of its own.
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
	fmt.Fprintf(stdout, "# machine: %s\n# disk: %s\n%s", machine(), disk, units)
	s := &series{systems: systems, benchmarks: o.chosen(), rounds: o.rounds, dir: dir, stdout: stdout, stderr: stderr}
	return s.run(ctx)
}
