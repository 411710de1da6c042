package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

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
	events      []string // likewise
	natsServer  string
	upgrade     string
	natsSync    string
	stopped     time.Duration
	address     string // to flood
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
	fs.IntVar(&o.sessions, "sessions", 2000, "day: those who talk, in rooms of ten; cluster crowd: those who read, in rooms of twenty")
	fs.Float64Var(&o.minutes, "minutes", 20, "day: how long it is")
	fs.IntVar(&o.ncLines, "nc-lines", 20_000, "pipe: posts that nc sends")
	fs.IntVar(&o.chatLines, "chat-lines", 50_000, "pipe: lines that chat posts")
	fs.StringVar(&o.natsServer, "nats-server", "nats-server", "cluster: the nats-server `PROGRAM`")
	fs.StringVar(&o.natsSync, "nats-sync", "always", "cluster: the sync_interval of nats-server; with 2m a power cut loses posts")
	fs.DurationVar(&o.stopped, "stopped", 30*time.Second, "cluster stop, cluster partition: for how long")
	fs.StringVar(&o.upgrade, "upgrade", "", "cluster restart: the chatd `BINARY` that takes the place of the one to test (default: the same)")
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
	case args[0] == clusterMode:
		o.events = args[1:]
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
	if _, err := o.chosenEvents(); err != nil {
		return err
	}
	_, err := o.chosen()
	return err
}
