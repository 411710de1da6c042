package main

import (
	"fmt"
	"io"
	"math"
	"strings"
	"text/tabwriter"
)

// A historyReport is the table of history, as far as it was made.
type historyReport struct {
	history *history
	facts   []string // of how the archive was made
	rows    []historyRow
	faults
}

// A historyRow is what the answers to a question were.
type historyRow struct {
	question  string
	posters   int // who posted meanwhile
	tally     *tally
	perSecond float64 // posts
}

func (r *historyReport) fact(format string, args ...any) {
	r.facts = append(r.facts, fmt.Sprintf(format, args...))
}

func (r *historyReport) print(out io.Writer) {
	h := r.history
	fmt.Fprintf(out, "\nhistory: %d posts of about %d bytes in %d rooms; one client asks random rooms, one question under way, %v s each, while nobody or %d post to random rooms\n",
		h.posts, bodySize, len(h.rooms), h.span.measured.Seconds(), scribes)
	if len(r.facts) > 0 {
		fmt.Fprintln(out, strings.Join(r.facts, "; "))
	}
	fmt.Fprintln(out)
	if len(r.rows) > 0 {
		r.printRows(out)
	}
	r.faults.print(out)
}

func (r *historyReport) printRows(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "posters\tposts/s\tquestion\tp50 ms\tp99 ms\tmax ms\tanswers\tposts/answer\tcut short\t")
	for _, row := range r.rows {
		t := row.tally
		perSecond := row.perSecond
		if row.posters == 0 {
			perSecond = math.NaN()
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%.3f\t%.3f\t%.3f\t%d\t%s\t%d\t\n", row.posters, figure("%.0f", perSecond), row.question,
			milliseconds(t.quantile(0.5)), milliseconds(t.quantile(0.99)), milliseconds(t.longest),
			t.count, figure("%.1f", float64(t.shown)/float64(t.count)), t.cut)
	}
	_ = w.Flush()
}
