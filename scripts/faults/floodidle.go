package main

import (
	"context"
	"strings"
	"time"
)

// idlers is how many connections hold what a server has for each.
const idlers = 5000

// idling connects and says nothing.
func idling() flood { return holding("") }

// unended sends almost the longest line without its end, and waits.
func unended() flood { return holding(strings.Repeat("x", 8191)) }

func holding(opening string) flood {
	return flood{idlers, time.Second, func(_ context.Context, s *stranger) {
		if s.send(opening) {
			<-s.ended // at the latest when ctx ends
		}
	}}
}

// dripping sends a byte every second.
func dripping() flood {
	return flood{idlers, time.Second, func(ctx context.Context, s *stranger) {
		for s.send("x") {
			select {
			case <-time.After(time.Second):
			case <-s.ended:
				return
			}
		}
	}}
}

// connecting connects and closes, 7,000 times a second.
func connecting() flood {
	return flood{70, reconnectEvery, func(context.Context, *stranger) {}}
}
