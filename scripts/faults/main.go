// Faults runs chatd under load, breaks something beneath it, and checks that chatd
// kept its promise: every acknowledged post is stored once, under its number,
// unchanged and in order, and every acknowledged change of an account is stored.
//
//	go run ./scripts/faults kill    kills chatd again and again
//	go run ./scripts/faults power   cuts the power: what was not synced is lost
//	go run ./scripts/faults eio     makes the disk fail for a while
//	go run ./scripts/faults full    fills the disk
//	go run ./scripts/faults attack  attacks it, while twenty people talk in a room
//	go run ./scripts/faults day     attacks it all the time, while many talk
//	go run ./scripts/faults pipe    posts far more lines than limits let in at once
//	go run ./scripts/faults cluster kills and stops machines of a chat on three
//
// With attack nothing breaks, and it shows instead how long posts take from when they are
// due to their last delivery, while strangers do what --help lists, at chatd's defaults but
// exempting nobody from its limits. They are another process. What they do without waiting for
// answers they do before that to a sink, which discards it: so much is their own work.
//
//	go run ./scripts/faults attack login-wrong post-same
//
// A day in small is both: nothing may be lost, doubled or refused to those who do not attack.
//
//	go run ./scripts/faults day --minutes 20
//
// With cluster there are three nats-servers and three chatds, and clients that go from one to
// another as chat does. After each event everybody must have read everything, and all machines
// must have the same; it shows for how long posting and reading paused.
//
//	go run ./scripts/faults cluster leader stop-chatd -n 20
//
// Its exit code is 0 if it found no fault, and 77 if this machine cannot run the
// test. The seed determines what is posted where, when chatd is killed, which pages
// survive and which bytes are damaged. How far chatd has got by then depends on the
// machine, so two runs with the same seed are alike, but not the same.
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
	exitOK      = 0
	exitFault   = 1
	exitUsage   = 2
	exitSkipped = 77 // as in automake
)

// A mode is one kind of fault test.
type mode struct {
	name   string
	rounds int // the default of -n
	what   string
	run    func(ctx context.Context, w *workspace) error
}

// attackMode is the name of the mode that takes further names.
const attackMode = "attack"

var modes = []mode{
	{"kill", 200, "kill chatd under load; -n kills", runKill},
	{"power", 100, "cut the power, on a file system that forgets what was not synced; -n cuts", runPower},
	{"eio", 2, "make the disk fail for a while; each failure -n times", runEIO},
	{"full", 1, "fill the disk; -n times", runFull},
	{attackMode, 3, "attack chatd while others talk; each attack that is named, or all, -n times", runAttack},
	{"day", 1, "have many talk in many rooms, while three attack all the time; --minutes long, -n times", runDay},
	{floodMode, 1, "make one attack on an ADDRESS, or else on a sink, as attack and day do it, in processes of their own", runFlood},
	{clusterMode, 3, "break something of a chat on three machines; each event that is named, or all, -n times", runCluster},
	{"pipe", 1, "pipe very many lines into nc and into chat, from addresses that are not exempt; -n times", runPipe},
}

// errFaults means that faults were found and have been reported.
var errFaults = errors.New("faults were found")

// A skipped error says why a mode cannot run on this machine.
type skipped struct{ why string }

func (s skipped) Error() string { return s.why }

func main() { os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr)) }

func execute(args []string, stdout, stderr io.Writer) int {
	o, m, err := parseOptions(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Fprint(stdout, usage())
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "faults: %v (--help lists modes and flags)\n", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err = inWorkspace(ctx, o, stdout, m.run)
	code := exitCode(err)
	switch {
	case code == exitSkipped:
		fmt.Fprintf(stdout, "SKIP 1: %v\n", err)
	case err != nil && !errors.Is(err, errFaults):
		fmt.Fprintf(stderr, "faults: %v\n", err)
	}
	return code
}

// exitCode returns the exit code for an error. A mode that was skipped has not
// passed.
func exitCode(err error) int {
	var skip skipped
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &skip):
		return exitSkipped
	}
	return exitFault
}

func usage() string {
	var o options
	text := "faults breaks something beneath chatd and checks that no acknowledged post is lost.\n\nUsage: faults MODE [flags]\n\nModes:\n"
	for _, m := range modes {
		text += fmt.Sprintf("  %-6s %s (default %d)\n", m.name, m.what, m.rounds)
	}
	text += "\nAttacks:\n"
	for _, a := range attacks {
		text += fmt.Sprintf("  %-13s %s\n", a.name, a.what)
	}
	text += "\nEvents:\n"
	for _, e := range events {
		text += fmt.Sprintf("  %-13s %s\n", e.name, e.what)
	}
	return text + "\nFlags:\n" + o.flags().FlagUsages()
}
