package screen

import "fmt"

const (
	maxQueued = 4 << 20  // bytes that may wait for the terminal
	maxKept   = 64 << 10 // bytes kept of what has been printed, for Ctrl-L
	lineCost  = 32       // bytes that a line takes besides its own
)

// A queue is lines in the order of their printing. Beyond its limit the oldest
// go, and are counted.
type queue struct {
	limit   int // bytes
	lines   []string
	bytes   int
	missing int
}

func (q *queue) push(line string) {
	q.lines = append(q.lines, line)
	q.bytes += len(line) + lineCost
	for q.bytes > q.limit && len(q.lines) > 1 {
		q.drop()
		q.missing++
	}
}

func (q *queue) drop() string {
	line := q.lines[0]
	q.lines[0] = "" // append moves the lines together one day
	q.lines = q.lines[1:]
	q.bytes -= len(line) + lineCost
	return line
}

// count is the number of lines, with those that are missing.
func (q *queue) count() int { return len(q.lines) + q.missing }

func (q *queue) empty() bool { return len(q.lines) == 0 }

// take removes lines from the front, up to so many bytes but at least one. A
// line about those that are missing comes first.
func (q *queue) take(bytes int) []string {
	var lines []string
	if q.missing > 0 {
		lines = append(lines, fmt.Sprintf("... %d lines not shown: they came faster than the terminal can show them", q.missing))
		q.missing = 0
	}
	for !q.empty() && bytes > 0 {
		line := q.drop()
		bytes -= len(line)
		lines = append(lines, line)
	}
	return lines
}
