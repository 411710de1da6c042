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
	"strings"
	"syscall"
	"time"

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

// options are the flags.
type options struct {
	rounds      int
	seed        uint64
	posters     int
	readers     int
	holders     int
	rooms       int
	chatd       string
	memory      bool
	ignoreFsync bool
	expectLoss  bool
	keep        bool
	calm        time.Duration
	logins      int
	guessing    time.Duration
	flooding    time.Duration
	addresses   int
	first       int
	sessions    int
	minutes     float64
	ncLines     int
	chatLines   int
	attacks     []string // by their names
	address     string   // to flood
}

func (o *options) flags() *pflag.FlagSet {
	fs := pflag.NewFlagSet("faults", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.SetOutput(io.Discard)
	fs.IntVarP(&o.rounds, "rounds", "n", 0, "how often; see the modes for the defaults")
	fs.Uint64Var(&o.seed, "seed", 1, "seed of the random numbers")
	fs.IntVar(&o.posters, "posters", 16, "connections that post")
	fs.IntVar(&o.readers, "readers", 4, "connections that read every room")
	fs.IntVar(&o.holders, "holders", maxHolders, "connections that register accounts and change them")
	fs.IntVar(&o.rooms, "rooms", 8, "rooms to post to")
	fs.StringVar(&o.chatd, "chatd", "", "the `BINARY` to test (default: build it)")
	fs.BoolVar(&o.memory, "memory", false, "kill: run chatd with --memory, which loses posts")
	fs.BoolVar(&o.ignoreFsync, "ignore-fsync", false, "power: a disk that ignores fsync, which loses posts")
	fs.BoolVar(&o.expectLoss, "expect-loss", false, "fail unless acknowledged posts are lost")
	fs.BoolVar(&o.keep, "keep", false, "keep the temporary directory and print its name")
	fs.DurationVar(&o.calm, "calm", 4*time.Second, "attack: how long nothing happens before and after one")
	fs.IntVar(&o.logins, "logins", 1000, "attack: LOGINs at once")
	fs.DurationVar(&o.guessing, "guessing", time.Minute, "attack: how long passwords are guessed")
	fs.DurationVar(&o.flooding, "flooding", 5*time.Second, "attack, day, flood: how long each of the other attacks goes on; attack: and before that on a sink, which only discards")
	fs.IntVar(&o.addresses, "addresses", 4, "attack, flood: addresses that strangers come from together")
	fs.IntVar(&o.first, "first", 0, "flood: the number of the first of them, 0 being 127.0.0.2")
	fs.IntVar(&o.sessions, "sessions", 2000, "day: those who talk, in rooms of ten")
	fs.Float64Var(&o.minutes, "minutes", 20, "day: how long it is")
	fs.IntVar(&o.ncLines, "nc-lines", 20_000, "pipe: posts that nc sends")
	fs.IntVar(&o.chatLines, "chat-lines", 50_000, "pipe: lines that chat posts")
	return fs
}

// parseOptions reads the mode and the flags.
func parseOptions(args []string) (*options, mode, error) {
	var o options
	fs := o.flags()
	if err := fs.Parse(args); err != nil {
		return nil, mode{}, err
	}
	if err := o.setArguments(fs.Args()); err != nil {
		return nil, mode{}, err
	}
	for _, m := range modes {
		if m.name != fs.Arg(0) {
			continue
		}
		if o.rounds == 0 {
			o.rounds = m.rounds
		}
		return &o, m, o.check()
	}
	return nil, mode{}, fmt.Errorf("there is no mode %s", fs.Arg(0))
}

// setArguments sets what follows the name of the mode.
func (o *options) setArguments(args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("name one mode")
	case args[0] == attackMode:
		o.attacks = args[1:]
	case args[0] == floodMode:
		if len(args) < 2 || len(args) > 3 {
			return errors.New("flood needs an attack, and may have an address")
		}
		o.attacks, o.address = args[1:2], strings.Join(args[2:], "")
	case len(args) > 1:
		return errors.New("name one mode")
	}
	return nil
}

func (o *options) check() error {
	bounds := []struct {
		flag             string
		value, low, high int
	}{
		{"-n", o.rounds, 1, 100_000},
		{"--posters", o.posters, 1, 1000},
		{"--readers", o.readers, 1, 100},
		{"--holders", o.holders, 0, maxHolders},
		{"--rooms", o.rooms, 1, 150},
		{"--logins", o.logins, 1, 10_000},
		{"--addresses", o.addresses, 1, idlers},
		{"--first", o.first, 0, 60_000},
		{"--sessions", o.sessions, inRoom, 10_000},
		{"--nc-lines", o.ncLines, 1, 1_000_000},
		{"--chat-lines", o.chatLines, 1, 1_000_000},
	}
	for _, b := range bounds {
		if b.value < b.low || b.value > b.high {
			return fmt.Errorf("%s must be %d to %d, not %d", b.flag, b.low, b.high, b.value)
		}
	}
	_, err := o.chosen()
	return err
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
	return text + "\nFlags:\n" + o.flags().FlagUsages()
}
