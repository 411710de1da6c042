package main

import (
	"context"
	"fmt"
	"os"

	"linechat/chatd/internal/history/sqlite"
)

var checkCommand = command{
	name:      "check",
	arguments: "[FILE]",
	most:      1,
	brief:     "reads all that is kept and says what is damaged, also while chatd runs",
	about: `It changes nothing. FILE is a backup, or a data directory; without one it is
that of --data. "ok" and how much there is, or a line for each problem and exit
code 1. A remark is of search.db, which chatd can make anew.
`,
	run: runCheck,
}

func runCheck(a *call) error {
	what, check, err := a.checked()
	if err != nil {
		return err
	}
	report, err := check(context.Background(), what, a.meter.progress)
	if err != nil {
		return err
	}
	a.meter.clear()
	for _, line := range report.Problems {
		fmt.Fprintln(a.stdout, line)
	}
	if report.More > 0 {
		fmt.Fprintf(a.stdout, "and %d more\n", report.More)
	}
	for _, line := range report.Remarks {
		fmt.Fprintln(a.stdout, "remark:", line)
	}
	if !report.OK() {
		return errSaid
	}
	_, err = fmt.Fprintf(a.stdout, "ok %s: %s\n", what, contents(&report))
	return err
}

type checking func(ctx context.Context, path string, progress sqlite.Progress) (sqlite.Report, error)

// checked returns what is to be checked, and how.
func (a *call) checked() (what string, check checking, err error) {
	if len(a.given) == 0 {
		what, err = a.dir()
		return what, sqlite.CheckDir, err
	}
	if what = a.given[0]; a.named {
		return "", nil, misused("--data and %s do not go together", what)
	}
	if st, err := os.Stat(what); err == nil && st.IsDir() {
		return what, sqlite.CheckDir, nil
	}
	return what, sqlite.Check, nil
}
