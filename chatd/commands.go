package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"linechat/chatd/internal/history/sqlite/offline"
)

// An invocation is a command that works on the files of --data.
type invocation struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	progress       *progress
	args           []string
	data           string // the data directory
}

// dataCommand completes a command that works on the files of --data, and that
// run carries out.
func (p *program) dataCommand(c *cobra.Command, run func(*invocation) error) *cobra.Command {
	in := &invocation{}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&in.data, "data", "", "find rooms in `DIR` (default as without a command)")
	_ = c.MarkFlagDirname("data") // there is such a flag
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		if err := fromEnvironment(c.Flags(), p.env); err != nil {
			return err
		}
		return findData(&in.data, p.env)
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		p.started = true
		in.stdin, in.stdout, in.stderr, in.args = c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr(), args
		in.progress = newProgress(in.stderr)
		defer in.progress.clear()
		return run(in)
	}
	return c
}

// takes returns the check that a command has minArgs to maxArgs arguments.
func takes(minArgs, maxArgs int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch n := len(args); {
		case n < minArgs:
			return fmt.Errorf("an argument is missing: %s", c.UseLine())
		case n > maxArgs:
			return fmt.Errorf("unexpected argument %q: %s", args[maxArgs], c.UseLine())
		}
		return nil
	}
}

// counted is a number of things: 1 room, 2 rooms.
func counted(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// contents is what a Report has counted.
func contents(r *offline.Report) string {
	accounts := ""
	if r.Accounts > 0 {
		accounts = counted(r.Accounts, "account") + ", "
	}
	return accounts + counted(r.Rooms, "room") + ", " + counted(r.Posts, "post")
}
