package screen

import (
	"cmp"
	"fmt"
	"strings"
)

const (
	maxQueued = 4 << 20  // bytes that may wait for the terminal
	maxKept   = 64 << 10 // bytes kept of what has been printed, for Ctrl-L
	lineCost  = 32       // bytes that a line takes besides its own
)

// A Queue is lines in the order of their printing. Beyond its limit the oldest
// go, and are counted. The limit of the zero value is 4 MiB.
type Queue struct {
	limit   int // bytes; 0: maxQueued
	lines   []string
	bytes   int
	missing int
}

// Print appends the lines of a text, after [Clean].
func (q *Queue) Print(text string, colours bool) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		q.push(Clean(line, colours))
	}
}

func (q *Queue) push(line string) {
	q.lines = append(q.lines, line)
	q.bytes += len(line) + lineCost
	for q.bytes > cmp.Or(q.limit, maxQueued) && len(q.lines) > 1 {
		q.drop()
		q.missing++
	}
}

func (q *Queue) drop() string {
	line := q.lines[0]
	q.lines[0] = "" // append moves the lines together one day
	q.lines = q.lines[1:]
	q.bytes -= len(line) + lineCost
	return line
}

// Len is how many lines there are, with those that are missing.
func (q *Queue) Len() int { return q.missing + len(q.lines) }

// Take removes lines from the front, up to so many bytes but at least one. A
// line about those that are missing comes first.
func (q *Queue) Take(bytes int) []string {
	var lines []string
	if q.missing > 0 {
		lines = append(lines, fmt.Sprintf("... %d lines not shown: they came faster than the terminal can show them", q.missing))
		q.missing = 0
	}
	for len(q.lines) > 0 && bytes > 0 {
		line := q.drop()
		bytes -= len(line)
		lines = append(lines, line)
	}
	return lines
}
