package main

import (
	"fmt"
	"io"
	"strings"
)

// faults is what went wrong while a table was made.
type faults []string

func (f *faults) fault(format string, args ...any) { *f = append(*f, fmt.Sprintf(format, args...)) }

func (f *faults) good() bool { return len(*f) == 0 }

// print writes lines that begin with !.
func (f *faults) print(out io.Writer) {
	for _, what := range *f {
		fmt.Fprintf(out, "! %s\n", strings.ReplaceAll(what, "\n", "\n  "))
	}
}
