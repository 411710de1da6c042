package main

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// TestMain has this program be that of strangers, too.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == floodMode {
		os.Exit(execute(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func TestWhatIsSkippedDoesNotPass(t *testing.T) {
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, exitOK},
		{errFaults, exitFault},
		{errors.New("no space left"), exitFault},
		{fmt.Errorf("mounting: %w", skipped{"there is no /dev/fuse"}), exitSkipped},
	} {
		if got := exitCode(c.err); got != c.code {
			t.Errorf("%v: exit code %d, want %d", c.err, got, c.code)
		}
	}
}
