package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestMachine: the table is what it is meant to be, and all else is invalid.
func TestMachine(t *testing.T) {
	want := strings.TrimSpace(`
connecting ready → INIT
connecting ready in a room → IN_ROOM
connecting entered → connecting
connecting emptied → connecting
connecting broke → lost
connecting ended → closed
INIT entered → IN_ROOM
INIT emptied → INIT
INIT broke → lost
INIT ended → closed
IN_ROOM entered → IN_ROOM
IN_ROOM emptied → INIT
IN_ROOM broke → lost
IN_ROOM ended → closed
lost retried → connecting
lost ended → closed`)
	var got []string
	for from := Connecting; from <= Closed; from++ {
		for what := range triggers {
			to, err := from.next(what)
			if err == nil {
				got = append(got, fmt.Sprintf("%v %v → %v", from, what, to))
				continue
			}
			if to != from || !errors.Is(err, errInvalid) || err.Error() != fmt.Sprintf("client: bug: %v in state %v", what, from) {
				t.Errorf("%v %v: %v, %v", from, what, to, err)
			}
		}
	}
	if got := strings.Join(got, "\n"); got != want {
		t.Errorf("the table says\n%s\nwant\n%s", got, want)
	}
	if _, err := State(9).next(triggers); err == nil || err.Error() != "client: bug: trigger(7) in state State(9)" {
		t.Errorf("out of the table: %v", err)
	}
}

// TestInvalidTransition: what the table does not list ends the client with an error.
func TestInvalidTransition(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		s.client.mu.Lock()
		s.client.session.State = Lost // which it is not
		s.client.mu.Unlock()
		wait := s.do("JOIN", "go")
		p.expect("JOIN go")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 0))
		_, _ = wait()
		s.wants("lost → closed: client: bug: entered in state lost", "the end")
		if err := s.client.Close(); !errors.Is(err, errInvalid) {
			s.Errorf("Close: %v", err)
		}
	})
}

// TestBackoff: pauses are random, double, and stay within their limits.
func TestBackoff(t *testing.T) {
	for failed, limit := range []time.Duration{1: 1, 2: 2, 3: 4, 4: 8, 5: 15, 6: 15, 1000: 15} {
		if limit == 0 {
			continue
		}
		limit *= time.Second
		long := false
		for range 1000 {
			d := backoff(failed)
			if d < minPause || d >= limit {
				t.Fatalf("the pause after %d failures is %v", failed, d)
			}
			long = long || d > limit/2
		}
		if !long {
			t.Errorf("the pause after %d failures is never longer than half of %v", failed, limit)
		}
	}
}
