package main

import (
	"context"
	"math"
	"slices"

	"github.com/spf13/pflag"
)

// A command is one row of what chat can do beside talking: the command line,
// help and completion read it.
type command struct {
	name     string
	usage    string // its arguments, as help shows them
	about    string // one line
	help     string // what else there is to say
	min, max int    // how many arguments
	first    argument
	flags    func(*options, *pflag.FlagSet) // its own; nil: none
	run      func(context.Context, *program) error
}

// An argument is what a command's first argument is, for completion.
type argument int

const (
	anything argument = iota
	aRoom
	aShell
	aCommand
)

const manyWords = math.MaxInt

// commands is the table, in the order of help.
func commands() []*command {
	return []*command{
		{name: "post", usage: "ROOM [TEXT]", min: 1, max: manyWords, first: aRoom, flags: postFlags, run: post,
			about: "post TEXT, or stdin line by line, and make the room if need be",
			help: `Without TEXT, or with -, each line of stdin is a post, as soon as it comes;
blank lines are passed over, and a line of more than 8000 bytes is posted in
parts. TEXT of several lines, and stdin with --whole, is one post. Lines are
paced to what the server takes, and none is lost or doubled when the server is
restarted meanwhile.
`},
		{name: "tail", usage: "ROOM", min: 1, max: 1, first: aRoom, flags: tailFlags, run: tail,
			about: "show the last posts of a room, then each as it comes",
			help: `In a pipe each line is TIME NICK TEXT, or TIME * NICK TEXT for a /me, and every
line of a post of several begins so. It ends when its reader does.
`},
		{name: "history", usage: "ROOM", min: 1, max: 1, first: aRoom, flags: historyFlags, run: history,
			about: "show posts of a room, however far back",
			help: `With --after or --since it is all that there are, unless -n says how many.
`},
		{name: "search", usage: "ROOM WORDS", min: 2, max: manyWords, first: aRoom, flags: searchFlags, run: search,
			about: "show the newest posts with all of the words",
			help: `'"two words"' stand next to each other, and mig* is the beginning of a word.
`},
		{name: "rooms", usage: "[PREFIX]", max: 1, first: aRoom, flags: jsonFlags, run: rooms,
			about: "list the rooms, the busiest first"},
		{name: "who", usage: "ROOM", min: 1, max: 1, first: aRoom, flags: jsonFlags, run: who,
			about: "list who is in a room"},
		{name: "completion", usage: "bash|zsh|fish", min: 1, max: 1, first: aShell, run: completion,
			about: "write a completion script for a shell"},
		{name: "help", usage: "[COMMAND]", max: 1, first: aCommand, run: help,
			about: "explain a command"},
	}
}

// commandNamed returns the command of that name, or nil.
func commandNamed(name string) *command {
	all := commands()
	i := slices.IndexFunc(all, func(c *command) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return all[i]
}

func postFlags(o *options, fs *pflag.FlagSet) {
	fs.BoolVar(&o.whole, "whole", false, "all lines are one post, of 1000 lines and 65536 bytes at most")
}

func tailFlags(o *options, fs *pflag.FlagSet) {
	fs.IntVarP(&o.number, "number", "n", 10, "`N` posts to begin with")
	fs.BoolVar(&o.noFollow, "no-follow", false, "end behind them")
	jsonFlags(o, fs)
}

func historyFlags(o *options, fs *pflag.FlagSet) {
	fs.IntVarP(&o.number, "number", "n", 20, "`N` most posts to show")
	fs.Uint64Var(&o.before, "before", 0, "`SEQ` only posts before this number")
	fs.Uint64Var(&o.after, "after", 0, "`SEQ` only posts after this number, the first ones")
	fs.Var(&o.since, "since", "`AGE` only posts not older: 90s, 15m, 2h, 7d; the first ones")
	jsonFlags(o, fs)
}

func searchFlags(o *options, fs *pflag.FlagSet) {
	fs.IntVarP(&o.number, "number", "n", 20, "`N` most posts to show")
	fs.StringVar(&o.from, "from", "", "`NICK` only posts of this nick")
	fs.Uint64Var(&o.before, "before", 0, "`SEQ` only posts before this number")
	fs.Uint64Var(&o.after, "after", 0, "`SEQ` only posts after this number")
	fs.Var(&o.since, "since", "`AGE` only posts not older: 90s, 15m, 2h, 7d")
	jsonFlags(o, fs)
}

func jsonFlags(o *options, fs *pflag.FlagSet) {
	fs.BoolVar(&o.json, "json", false, "one JSON object a line, as protocol.md has them")
}
