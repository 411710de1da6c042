package jetstream

import (
	"sync"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
)

// A submission is a change on its way into the log.
type submission struct {
	change backplane.Change
	item   []byte // as a record has it
	weight int    // how many answers it brings: of Posts one for each
	at     time.Time
	done   func(backplane.Verdict) // nil once it is called, and of the log's own changes
}

// newSubmission returns the submission of a change. It is encoded here, by whoever submits it.
func newSubmission(c backplane.Change, done func(backplane.Verdict)) *submission {
	s := &submission{change: c, item: machine.AppendItem(nil, c), weight: 1, at: time.Now(), done: done}
	if posts, ok := c.(*backplane.Posts); ok {
		s.weight = len(posts.Posts)
	}
	return s
}

// answer calls done, unless it was called.
func (s *submission) answer(v backplane.Verdict) {
	if s.done != nil {
		s.done(v)
		s.done = nil
	}
}

func (s *submission) fail(err error) { s.answer(backplane.Verdict{Err: err}) }

// ends reports whether something is no more by this change: with the epoch it is no more anyway.
func (s *submission) ends() bool {
	switch s.change.(type) {
	case *backplane.Leave, *backplane.End, *backplane.EndEpoch:
		return true
	}
	return false
}

// patient reports whether the change waits for as long as it takes.
func (s *submission) patient() bool {
	switch c := s.change.(type) {
	case *backplane.Nick:
		return c.Patient
	case *backplane.Login:
		return c.Patient
	case *backplane.Join: // nobody says it again
		return true
	}
	return s.ends()
}

// expired reports whether somebody has waited for too long.
func (s *submission) expired(now time.Time) bool {
	return s.done != nil && !s.patient() && now.Sub(s.at) >= timeLimit
}

// settle answers with what came of the change, which the log has given numbers and times to.
func (s *submission) settle(item *machine.Item) {
	if own, ok := s.change.(*backplane.Posts); ok {
		for i, p := range item.Change.(*backplane.Posts).Posts {
			own.Posts[i].Seq, own.Posts[i].Time = p.Seq, p.Time
		}
	}
	s.answer(item.Verdict)
}

// A queue takes submissions from any goroutine, for one that takes them out.
type queue struct {
	mu      sync.Mutex
	waiting []*submission
	closed  bool
	ready   chan struct{} // has an element when there may be some that nobody knows of
}

func newQueue() *queue { return &queue{ready: make(chan struct{}, 1)} }

// add adds a submission. It reports false after close.
func (q *queue) add(s *submission) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	q.waiting = append(q.waiting, s)
	q.mu.Unlock()
	return true
}

// take appends the submissions to others.
func (q *queue) take(to []*submission) []*submission {
	q.mu.Lock()
	defer q.mu.Unlock()
	to = append(to, q.waiting...)
	clear(q.waiting)
	q.waiting = q.waiting[:0]
	return to
}

func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
}
