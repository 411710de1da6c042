package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linechat/chatd/cli"
)

func completion(_ context.Context, p *program) error {
	return cli.WriteCompletion(p.stdout, p.root(), p.args[0])
}

// completionTimeout is how long Tab waits for the rooms.
const completionTimeout = 2 * time.Second

// completions are what the word that follows args may be completed to: only the
// first argument is known.
func (p *program) completions(c *cobra.Command, o *options, first argument, args []string, word string) []string {
	switch {
	case len(args) > 0:
		return nil
	case first == shellArgument:
		return cli.Shells
	case first == commandArgument:
		var names []string
		for _, row := range commands() {
			names = append(names, row.name())
		}
		return names
	case p.parse(c, o, nil) != nil:
		return nil
	}
	return p.roomNames(c.Context(), word)
}

// roomNames asks the server for the rooms that begin so. Without an answer there
// are none.
func (p *program) roomNames(ctx context.Context, prefix string) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, completionTimeout)
	defer cancel()
	p.connect, p.login = 0, loginOptions{} // nothing is asked for
	_ = p.ask(ctx, func(ctx context.Context, s *session) error {
		list, err := collect(s.ListRooms(ctx, prefix))
		for _, room := range list {
			names = append(names, room.Name)
		}
		return err
	})
	return names
}

// fileFlags are the flags whose values are files.
var fileFlags = []string{"key-file", "tls-ca", "tls-cert", "tls-key", "password-file"}

// valuesOf completes the value of a flag; nil: it is a file, or there is none.
func valuesOf(f *pflag.Flag) cobra.CompletionFunc {
	switch {
	case f.Name == "color":
		return cobra.FixedCompletions(colors, cobra.ShellCompDirectiveNoFileComp)
	case slices.Contains(fileFlags, f.Name) || f.NoOptDefVal != "":
		return nil
	}
	return cobra.NoFileCompletions
}
