package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// A flood is what strangers do, again and again, whatever comes back: it goes on in the same
// way where nothing is answered.
type flood struct {
	strangers int
	every     time.Duration // a stranger's next connection begins, at the earliest, so long after the one before
	behave    behaviour     // on one connection
}

// A behaviour is what a stranger does on its connection until it is done with it, the
// connection breaks or ctx ends.
type behaviour func(ctx context.Context, s *stranger)

// How strangers send.
const (
	reconnectEvery = 10 * time.Millisecond  // of those who come for one visit after the other
	returnEvery    = 100 * time.Millisecond // of those who mean to stay
	burstEvery     = 50 * time.Millisecond
)

// staying returns the behaviour of strangers who send an opening, and then bursts, at fixed
// times as long as the other side takes them in.
func staying(opening string, burst func(s *stranger) string) behaviour {
	return func(ctx context.Context, s *stranger) {
		if s.send(opening) {
			s.insist(ctx, func() bool { return s.send(burst(s)) })
		}
	}
}

// repeating is a flood of strangers who stay, and whose bursts are the same.
func repeating(strangers int, opening, burst string) flood {
	return flood{strangers, returnEvery, staying(opening, func(*stranger) string { return burst })}
}

// visiting returns the behaviour of strangers who send their input, end it, and wait until
// the other side ends the connection.
func visiting(input func(s *stranger) string) behaviour {
	return func(ctx context.Context, s *stranger) {
		if s.send(input(s)) && s.conn.CloseWrite() == nil {
			<-s.ended // at the latest when ctx ends
		}
	}
}

// A floodReport is what came of floods. The zero value is ready to use, by several goroutines.
type floodReport struct {
	mu          sync.Mutex
	connections int
	failed      int // connections that could not be made
	bytes       int64
	answers     codeCount
}

// add adds what came of one connection.
func (r *floodReport) add(s *stranger) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.connections++
	r.bytes += s.sent
	for code, n := range s.answers {
		r.answers.add(code, n)
	}
}

func (r *floodReport) addFailed() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed++
}

func (r *floodReport) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	text := fmt.Sprintf("%d connections sent %s", r.connections, megabytes(r.bytes))
	if r.failed > 0 {
		text += fmt.Sprintf(" and %d could not be made", r.failed)
	}
	if answers := r.answers.String(); answers != "" {
		text += ": " + answers
	}
	return text
}

// strike floods an address until ctx ends. from returns the address of each stranger.
func (f flood) strike(ctx context.Context, from func(n int) net.Addr, to string, report *floodReport) {
	var running sync.WaitGroup
	for n := range f.strangers {
		s := &stranger{number: n, from: from(n), to: to}
		running.Go(func() { f.repeat(ctx, s, report) })
	}
	running.Wait()
}

// repeat has a stranger connect again and again until ctx ends.
func (f flood) repeat(ctx context.Context, s *stranger, report *floodReport) {
	for ctx.Err() == nil {
		begun := time.Now()
		switch err := s.connect(ctx); {
		case err == nil:
			f.behave(ctx, s)
			s.close()
			report.add(s)
		case ctx.Err() == nil:
			report.addFailed()
		}
		sleep(ctx, f.every-time.Since(begun))
	}
}
