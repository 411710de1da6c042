package main

import (
	"fmt"
	"sync"
)

// A floodReport is what came of floods. The zero value is ready to use, by several goroutines.
type floodReport struct {
	mu          sync.Mutex
	Connections int
	Failed      int // connections that could not be made
	Bytes       int64
	Answers     codeCounts
}

// add adds what came of one connection.
func (r *floodReport) add(s *stranger) {
	r.merge(&floodReport{Connections: 1, Bytes: s.sent, Answers: s.answers})
}

// merge adds what came of another flood, which is over.
func (r *floodReport) merge(other *floodReport) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Connections += other.Connections
	r.Failed += other.Failed
	r.Bytes += other.Bytes
	if r.Answers == nil {
		r.Answers = codeCounts{}
	}
	for code, n := range other.Answers {
		r.Answers[code] += n
	}
}

// String returns the report of floods that are over.
func (r *floodReport) String() string {
	text := fmt.Sprintf("%d connections sent %s", r.Connections, megabytes(r.Bytes))
	if r.Failed > 0 {
		text += fmt.Sprintf(" and %d could not be made", r.Failed)
	}
	if len(r.Answers) > 0 {
		text += ": " + r.Answers.String()
	}
	return text
}
