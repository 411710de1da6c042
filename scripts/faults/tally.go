package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// A kind is a kind of fault.
type kind int

// The kinds of faults.
const (
	lost       kind = iota // acknowledged, and not there
	doubled                // there more than once
	changed                // another text, nick, room or number than was posted or acknowledged
	disordered             // a poster's posts in another order than its own
	holes                  // numbers that are missing
	revived                // refused as certainly not stored, and there
	misread                // readers: a number missed, repeated, or with another post than others saw
	broken                 // anything else: sessions ended, wrong answers, a crash
	kinds      = iota
)

var kindNames = [kinds]string{"lost", "doubled", "changed", "out of order", "holes", "refused but stored", "reader faults", "broken"}

// mostNotes is how many faults of a kind are described.
const mostNotes = 6

// A tally counts faults and describes the first of each kind. It is not safe for use
// by several goroutines.
type tally struct {
	count [kinds]int
	noted [kinds]int
	notes []string
}

// add counts n faults of a kind.
func (t *tally) add(k kind, n int, format string, args ...any) {
	t.count[k] += n
	if t.noted[k]++; t.noted[k] <= mostNotes {
		t.notes = append(t.notes, kindNames[k]+": "+fmt.Sprintf(format, args...))
	}
}

func (t *tally) any() bool { return t.count != [kinds]int{} }

// A column is a column of the table that a run ends with.
type column struct {
	title string
	value any
}

// writeTable writes the columns of a run and those of its faults, and then what
// the faults were.
func writeTable(w io.Writer, columns []column, t *tally) {
	for k, name := range kindNames {
		columns = append(columns, column{name, t.count[k]})
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range columns {
		fmt.Fprint(table, c.title, "\t")
	}
	fmt.Fprintln(table)
	for _, c := range columns {
		fmt.Fprint(table, c.value, "\t")
	}
	fmt.Fprintln(table)
	_ = table.Flush() // stdout; there is nobody to tell
	for _, note := range t.notes {
		fmt.Fprintln(w, "  "+strings.ReplaceAll(note, "\n", "\n    "))
	}
}
