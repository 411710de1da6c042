package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"linechat/chatd/internal/history/sqlite/offline"
)

func checkCommand(p *program) *cobra.Command {
	against := ""
	c := p.dataCommand(&cobra.Command{
		Use:   "check [FILE]",
		Short: "reads everything and reports damage, also while chatd runs",
		Args:  takes(0, 1),
		Long: `chatd check reads everything in FILE, which is a backup or a data directory, or
in the directory of --data. It changes nothing. It writes "ok" and how much
there is, or one line for each problem and exits with code 1. A line that begins
with "remark" is about search.db, which chatd can make again.

With --against it compares two copies of a chat on several machines: all that
they have, if both have applied the same records of the log, and else the posts
that both have. It names the first post of each room that differs.`,
	}, func(in *invocation) error {
		if against != "" {
			return runCompare(in, against)
		}
		return runCheck(in)
	})
	c.Flags().StringVar(&against, "against", "", "compare with another copy, a `FILE` or directory")
	prepare := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return prepare(c, args)
		case c.Flags().Changed("data"):
			return fmt.Errorf("--data and %s exclude each other", args[0])
		}
		return nil
	}
	return c
}

func runCheck(in *invocation) error {
	what, check := in.checked()
	report, err := check(context.Background(), what, in.progress.update)
	if err != nil {
		return err
	}
	if err := in.report(&report); err != nil {
		return err
	}
	_, err = fmt.Fprintf(in.stdout, "ok %s: %s\n", what, contents(&report))
	return err
}

// report writes what was found. errReported: it is not OK.
func (in *invocation) report(r *offline.Report) error {
	in.progress.clear()
	for _, line := range r.Problems {
		fmt.Fprintln(in.stdout, line)
	}
	if r.More > 0 {
		fmt.Fprintf(in.stdout, "and %d more\n", r.More)
	}
	for _, line := range r.Remarks {
		fmt.Fprintln(in.stdout, "remark:", line)
	}
	if !r.OK() {
		return errReported
	}
	return nil
}

// runCompare compares two copies of a chat on several machines.
func runCompare(in *invocation, other string) error {
	what, _ := in.checked()
	c, err := offline.Compare(context.Background(), what, other, in.progress.update)
	if err != nil {
		return err
	}
	if err := in.report(&c.Report); err != nil {
		return err
	}
	where := fmt.Sprintf("both after record %d", c.Applied[0])
	if c.Applied[0] != c.Applied[1] {
		where = fmt.Sprintf("which both have after records %d and %d", c.Applied[0], c.Applied[1])
	}
	_, err = fmt.Fprintf(in.stdout, "ok %s and %s: %s, %s\n", what, other, contents(&c.Report), where)
	return err
}

type checking func(ctx context.Context, path string, progress offline.Progress) (offline.Report, error)

// checked returns what is to be checked, and how.
func (in *invocation) checked() (what string, check checking) {
	if len(in.args) == 0 {
		return in.data, offline.CheckDir
	}
	if st, err := os.Stat(in.args[0]); err == nil && st.IsDir() {
		return in.args[0], offline.CheckDir
	}
	return in.args[0], offline.Check
}
