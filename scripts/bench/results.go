package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
)

// A column is a figure that each round has.
type column struct {
	name   string
	format string // of fmt, for a float64
}

// A cell is where a server and a load meet.
type cell struct {
	system string
	load   int
}

// results is what the rounds of a comparison came to.
type results struct {
	table   *comparison
	systems []string
	figures map[cell][][]float64 // of each round that went well
	faults
}

func (r *results) add(system string, load int, figures []float64) {
	c := cell{system, load}
	r.figures[c] = append(r.figures[c], figures)
}

// print writes the table: for each load a line for each system, then the first
// system's figures divided by each other's; under it what went wrong.
func (r *results) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n\n", r.table.title)
	if len(r.figures) > 0 {
		r.printFigures(out)
	}
	r.faults.print(out)
}

func (r *results) printFigures(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%s\tserver\t", r.table.load)
	for _, c := range r.table.columns {
		fmt.Fprintf(w, "%s\t", c.name)
	}
	fmt.Fprintln(w)
	for _, load := range r.table.loads {
		if r.measured(load) {
			r.printLoad(w, load)
		}
	}
	_ = w.Flush()
}

// measured reports whether any system has gone through a round of that load.
func (r *results) measured(load int) bool {
	return slices.ContainsFunc(r.systems, func(system string) bool { return len(r.figures[cell{system, load}]) > 0 })
}

func (r *results) printLoad(w io.Writer, load int) {
	first := r.medians(cell{r.systems[0], load})
	for _, system := range r.systems {
		fmt.Fprintf(w, "%d\t%s\t", load, system)
		for i, v := range r.medians(cell{system, load}) {
			fmt.Fprintf(w, "%s\t", figure(r.table.columns[i].format, v))
		}
		fmt.Fprintln(w)
	}
	for _, system := range r.systems[1:] {
		fmt.Fprintf(w, "%d\t%s/%s\t", load, r.systems[0], system)
		for i, v := range r.medians(cell{system, load}) {
			fmt.Fprintf(w, "%s\t", figure("%.2f", first[i]/v))
		}
		fmt.Fprintln(w)
	}
}

// medians returns the median of each figure, NaN where no round went well.
func (r *results) medians(c cell) []float64 {
	medians := make([]float64, len(r.table.columns))
	for i := range medians {
		var of []float64
		for _, figures := range r.figures[c] {
			of = append(of, figures[i])
		}
		medians[i] = median(of)
	}
	return medians
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return math.NaN()
	}
	slices.Sort(of)
	return (of[(len(of)-1)/2] + of[len(of)/2]) / 2
}

// figure writes a number, or - where there is none.
func figure(format string, v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
