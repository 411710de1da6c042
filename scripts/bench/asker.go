package main

import (
	"bytes"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// An asker asks a question of random rooms, one after the other.
type asker struct {
	*conn
	*archive
	*question
	random *rand.Rand
	tally  tally
}

// A tally is what the answers of the measured span were.
type tally struct {
	histogram
	longest time.Duration
	shown   uint64 // posts, over all answers
	cut     uint64 // answers to a search that did not come to all posts in its time
}

// work asks until the round is over.
func (a *asker) work(r *round) error {
	var lines []byte
	for !r.over() {
		room := a.random.IntN(len(a.rooms))
		got := answer{room: a.rooms[room].name, least: a.expected[room].Load()}
		command, err := a.ask(got.room)
		if err != nil {
			return err
		}
		began := time.Now()
		if _, err := a.Write(command); err != nil {
			return err
		}
		if lines, err = a.readAnswer(lines[:0]); err != nil {
			return err
		}
		took := time.Since(began)
		got.lines = lines
		if err := a.check(&got); err != nil {
			return err
		}
		if r.measures() {
			a.tally.add(took, &got)
		}
	}
	return nil
}

// How the lines of an answer begin that is not at its end.
var bringing = [][]byte{[]byte("PAST "), []byte("GAP "), noticeLine}

// readAnswer appends the lines of an answer, up to that which ends it. What they
// say is looked at later.
func (a *asker) readAnswer(dst []byte) ([]byte, error) {
	for more := true; more; {
		line, err := a.line()
		if err != nil {
			return dst, err
		}
		more = false
		for _, begin := range bringing {
			more = more || bytes.HasPrefix(line, begin)
		}
		dst = append(append(dst, line...), '\n')
	}
	return dst, nil
}

func (t *tally) add(took time.Duration, a *answer) {
	t.histogram.add(took)
	t.longest = max(t.longest, took)
	if t.shown += a.shown; a.cut {
		t.cut++
	}
}

// A scribe posts to random rooms, one post after the other.
type scribe struct {
	*conn
	*archive
	random *rand.Rand
	acked  atomic.Uint64
}

// work posts until the round is over.
func (s *scribe) work(r *round) error {
	var command []byte
	for !r.over() {
		n := s.random.IntN(len(s.rooms))
		room := &s.rooms[n]
		command = s.words.appendText(append(command[:0], room.post...), s.random)
		text := command[len(room.post):]
		command = append(command, '\n')
		if _, err := s.Write(command); err != nil {
			return err
		}
		if _, err := acknowledged(s.conn, room.ok); err != nil {
			return err
		}
		s.note(n, text)
		s.acked.Add(1)
	}
	return nil
}
