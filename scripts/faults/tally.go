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
	lost       kind = iota // acknowledged but not stored
	doubled                // stored more than once
	changed                // text, nick, room or number differ from what was posted or acknowledged
	disordered             // a poster's posts are stored in another order
	earlier                // a post of a room is of an earlier time than the one before it
	holes                  // numbers are missing
	revived                // refused as certainly not stored, but stored
	misread                // a reader missed a number, read it twice, or read another post than others
	broken                 // anything else: a session ended, a wrong answer, a crash
	kinds      = iota
)

var kindNames = [kinds]string{"lost", "doubled", "changed", "out of order", "back in time", "holes", "refused but stored", "reader faults", "broken"}

// maxNotes is how many faults of a kind are described.
const maxNotes = 6

// A tally counts faults and describes the first ones of each kind. Only one goroutine
// may use it at a time.
type tally struct {
	count [kinds]int
	noted [kinds]int
	notes []string
}

// add counts n faults of a kind.
func (t *tally) add(k kind, n int, format string, args ...any) {
	t.count[k] += n
	if t.noted[k]++; t.noted[k] <= maxNotes {
		t.notes = append(t.notes, kindNames[k]+": "+fmt.Sprintf(format, args...))
	}
}

func (t *tally) any() bool { return t.count != [kinds]int{} }

// A column is a column of a report.
type column struct {
	title string
	value any
}

// writeTable writes the columns, the number of faults of each kind, and then the
// descriptions.
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
