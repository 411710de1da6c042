package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linechat/chatd/cli"
)

// A command is one row of the table of what chat can do.
type command struct {
	use      string // its name, and its arguments as help shows them
	about    string // one line
	help     string // what else there is to say
	min, max int    // how many arguments
	first    argument
	short    string                         // letter for --nick; "": -n is a number here
	flags    func(*options, *pflag.FlagSet) // its own; nil: none
	run      func(context.Context, *program) error
}

// An argument is what a command's first argument is.
type argument int

const (
	roomArgument argument = iota
	shellArgument
	commandArgument
)

const unlimited = math.MaxInt

// interactiveCommand is the row of chat itself.
var interactiveCommand = command{use: "chat [ROOM]", max: 1, first: roomArgument, short: "n", flags: interactiveFlags, run: interactive}

// commands are the others, in the order of help.
func commands() []command {
	return []command{
		{use: "post ROOM [TEXT]", min: 1, max: unlimited, first: roomArgument, short: "n", flags: postFlags, run: post,
			about: "post TEXT, or each line of stdin, and create the room if need be",
			help: `Without TEXT, or with -, each line of stdin is posted as soon as it comes.
Blank lines are skipped, and a line of more than 8000 bytes is posted in parts.
TEXT of several lines is one post, and with --whole so is stdin. When the server
restarts meanwhile, no line is lost or posted twice.
`},
		{use: "tail ROOM", min: 1, max: 1, first: roomArgument, flags: tailFlags, run: tail,
			about: "show the last posts of a room, then each new one",
			help: `In a pipe each line is TIME NICK TEXT, or TIME * NICK TEXT for a /me; a post of
several lines has one such line for each. It ends when nobody reads its output.
`},
		{use: "history ROOM", min: 1, max: 1, first: roomArgument, flags: historyFlags, run: history,
			about: "show posts of a room, however old",
			help: `Without --after and --since these are the newest ones. With one of them all are
shown, or the first N if -n is given.
`},
		{use: "search ROOM WORDS", min: 2, max: unlimited, first: roomArgument, flags: searchFlags, run: search,
			about: "show the newest posts that have all of the words",
			help: `'"two words"' finds them next to each other; mig* finds words that start so.
`},
		{use: "rooms [PREFIX]", max: 1, first: roomArgument, short: "n", flags: jsonFlags, run: rooms,
			about: "list the rooms, the busiest first"},
		{use: "who ROOM", min: 1, max: 1, first: roomArgument, short: "n", flags: jsonFlags, run: who,
			about: "list the members of a room"},
		{use: "completion " + strings.Join(cli.Shells, "|"), min: 1, max: 1, first: shellArgument, short: "n", run: completion,
			about: "write a completion script for a shell"},
		{use: "help [COMMAND]", max: 1, first: commandArgument, short: "n", run: help,
			about: "explain a command"},
	}
}

// name is the first word of use.
func (c *command) name() string {
	name, _, _ := strings.Cut(c.use, " ")
	return name
}

// root returns chat's command line, which runs p.
func (p *program) root() *cobra.Command {
	cobra.MousetrapHelpText = "" // on Windows people may click on chat
	root := p.cobraCommand(&interactiveCommand)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SuggestionsMinimumDistance = 2
	root.CompletionOptions.DisableDefaultCmd = true
	for _, row := range commands() {
		if c := p.cobraCommand(&row); row.first == commandArgument {
			root.SetHelpCommand(c)
		} else {
			root.AddCommand(c)
		}
	}
	root.InitDefaultHelpCmd()
	return root
}

// cobraCommand returns a row as cobra has it.
func (p *program) cobraCommand(row *command) *cobra.Command {
	o := &options{}
	groups := o.groupsFor(row)
	c := &cobra.Command{
		Use:     row.use,
		Version: cli.Version("chat"),
		Args:    func(c *cobra.Command, args []string) error { return usage(row.check(c, args)) },
		PreRunE: func(c *cobra.Command, args []string) error { return usage(p.parse(c, o, args)) },
		RunE:    func(c *cobra.Command, _ []string) error { return p.runCommand(c.Context(), row.run) },
		ValidArgsFunction: func(c *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			return p.completions(c, o, row.first, args, word), cobra.ShellCompDirectiveNoFileComp
		},
	}
	c.SetOut(p.stdout)
	c.SetVersionTemplate("{{.Version}}\n")
	c.SetHelpFunc(func(*cobra.Command, []string) { _, p.helpErr = io.WriteString(p.stdout, helpText(row, groups)) })
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	for _, g := range groups {
		addFlags(c, g, row == &interactiveCommand && !g.own)
	}
	return c
}

// addFlags adds a group of flags. Persistent ones may stand before a command,
// which has flags of the same names for itself.
func addFlags(c *cobra.Command, g group, persistent bool) {
	if persistent {
		c.PersistentFlags().AddFlagSet(g.flags)
	} else {
		c.Flags().AddFlagSet(g.flags)
	}
	g.flags.VisitAll(func(f *pflag.Flag) {
		if values := valuesOf(f); values != nil {
			_ = c.RegisterFlagCompletionFunc(f.Name, values) // which fails for a flag that there is not
		}
	})
}

// check refuses too few arguments, too many, and rooms that cannot be.
func (c *command) check(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > c.max && c == &interactiveCommand:
		return unknownCommand(cmd, args[0])
	case len(args) > c.max:
		return fmt.Errorf("unexpected argument %q", args[c.max])
	case len(args) < c.min:
		return fmt.Errorf("chat %s", strings.Replace(c.use, " ", " needs ", 1))
	case c.first == roomArgument && len(args) > 0:
		return checkRoom(args[0])
	case c.first == shellArgument && !slices.Contains(cli.Shells, args[0]):
		return fmt.Errorf("no completion for %q, only for %s", args[0], strings.Join(cli.Shells, ", "))
	}
	return nil
}

// unknownCommand says that a word is no command, and which one may be meant.
func unknownCommand(c *cobra.Command, word string) error {
	if near := cli.Suggestion(c.Root(), word); near != "" {
		return fmt.Errorf("there is no command %q; did you mean %s?", word, near)
	}
	return fmt.Errorf("there is no command %q", word)
}
