package main

import (
	"context"
	"errors"
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

// strike floods an address until ctx ends. from returns the address of each stranger.
func (f flood) strike(ctx context.Context, from func(n int) net.Addr, to string) *floodReport {
	var running sync.WaitGroup
	var report floodReport
	for n := range f.strangers {
		s := &stranger{number: n, from: from(n), to: to}
		running.Go(func() { f.repeat(ctx, s, &report) })
	}
	running.Wait()
	return &report
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
		case !errors.Is(err, context.DeadlineExceeded): // which would be the end of the flood
			report.merge(&floodReport{Failed: 1})
		}
		sleep(ctx, f.every-time.Since(begun))
	}
}
