package main

import (
	"fmt"
	"math"
	"strings"
)

// A value is one figure of a benchmark line.
type value struct {
	n    float64
	unit string
}

// units tells benchstat of which units more is better.
const units = `Unit posts/s better=higher
Unit deliveries/s better=higher
`

// line returns a line in Go's benchmark format (golang.org/design/14313-benchmark-format),
// which benchstat reads. Values that are not known are left out.
func line(name string, count uint64, values ...value) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Benchmark%s %d", strings.ReplaceAll(name, " ", "_"), count)
	for _, v := range values {
		if !math.IsNaN(v.n) {
			fmt.Fprintf(&b, " %.6g %s", v.n, v.unit)
		}
	}
	return b.String()
}
