package main

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"linechat/chatd/internal/history/sqlite/offline"
)

func checkCommand(p *program) *cobra.Command {
	c := p.dataCommand(&cobra.Command{
		Use:   "check [FILE]",
		Short: "reads everything and reports damage, also while chatd runs",
		Args:  takes(0, 1),
		Long: `chatd check reads everything in FILE, which is a backup or a data directory, or
in the directory of --data. It changes nothing. It writes "ok" and how much
there is, or one line for each problem and exits with code 1. A line that begins
with "remark" is about search.db, which chatd can make again.`,
	}, runCheck)
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
	in.progress.clear()
	for _, line := range report.Problems {
		fmt.Fprintln(in.stdout, line)
	}
	if report.More > 0 {
		fmt.Fprintf(in.stdout, "and %d more\n", report.More)
	}
	for _, line := range report.Remarks {
		fmt.Fprintln(in.stdout, "remark:", line)
	}
	if !report.OK() {
		return errReported
	}
	_, err = fmt.Fprintf(in.stdout, "ok %s: %s\n", what, contents(&report))
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
