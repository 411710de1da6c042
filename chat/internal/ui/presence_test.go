package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestPresenceBatch: nicks in the order in which they came, then those that have
// gone; who does both is none of them; beyond five there are only numbers.
func TestPresenceBatch(t *testing.T) {
	now := time.Now()
	for events, want := range map[string]string{
		"":                        "",
		"+a":                      "+a",
		"-a":                      "-a",
		"-b +a -c +d":             "+a +d -b -c",
		"+a -a":                   "",
		"-a +a":                   "",
		"+a -a +a":                "+a",
		"+a +b -a":                "+b",
		"+a +b +c -d -e":          "+a +b +c -d -e",
		"+a +b +c -d -e -f":       "+3 -3",
		"+a +b +c +d +e +f":       "+6",
		"-a -b -c -d -e -f":       "-6",
		"+a +b +c +d +e +f -a":    "+b +c +d +e +f",
		"+a +b +c +d +e +f -a -g": "+5 -1",
	} {
		var b presenceBatch
		for _, e := range strings.Fields(events) {
			if e[0] == '+' {
				b.join(e[1:], now)
			} else {
				b.part(e[1:], now)
			}
		}
		if got := b.empty(); got != (want == "") {
			t.Errorf("%s: empty is %v", events, got)
		}
		if got := b.flush(); got != want {
			t.Errorf("%s is told as %q, not %q", events, got, want)
		}
		if again := b.flush(); again != "" {
			t.Errorf("%s is told again: %q", events, again)
		}
	}
}

// TestPresenceDue: the first of them sets the time, unless it has come to nothing.
func TestPresenceDue(t *testing.T) {
	start := time.Now()
	var b presenceBatch
	if isDue(b.dueAt(), start) || !b.dueAt().IsZero() {
		t.Error("nothing is due")
	}
	b.join("a", start)
	b.join("b", start.Add(time.Second))
	if at := b.dueAt(); !at.Equal(start.Add(presenceInterval)) {
		t.Errorf("it is due %v after the first", at.Sub(start))
	}
	if isDue(b.dueAt(), start.Add(presenceInterval-1)) || !isDue(b.dueAt(), start.Add(presenceInterval)) {
		t.Error("it is due too early or too late")
	}
	b.part("a", start)
	b.part("b", start)
	later := start.Add(time.Hour)
	b.part("c", later)
	if at := b.dueAt(); !at.Equal(later.Add(presenceInterval)) {
		t.Errorf("after those who came to nothing it is due at %v", at)
	}
}

// Who comes and goes is told of in one line, before the next post or after a
// while; who does both is not.
func TestPresence(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(came("go", "carol"), came("go", "dave"), left("go", "dave", "quit"), left("go", "bob", "quit"))
		s.sees()
		s.tell(post("go", "carol", "hello"))
		s.sees("00:00 -- +carol -bob", "00:00 <carol> hello")
		for i := range 6 {
			s.tell(came("go", fmt.Sprint("n", i)))
		}
		s.tell(left("go", "carol", "lost"))
		time.Sleep(presenceInterval)
		s.sees("00:00 -- +6 -1")
		s.tell(came("golf", "eve"))
		s.enter("/set joins off")
		s.tell(came("go", "frank"), post("go", "frank", "hi"))
		s.sees("-- joins is off", "00:00 <frank> hi")
		s.wantStatus("go, 8 members | connected | alice")
	})
}

// The server may tell once more where somebody is, which is no news.
func TestPresenceThatIsKnown(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(came("go", "bob"), left("go", "carol", "quit"), left("go", "bob", "lost"))
		<-time.After(presenceInterval)
		s.sees("00:00 -- -bob")
		s.tell(left("go", "bob", "lost"))
		<-time.After(presenceInterval)
		s.sees()
		s.wantStatus("go, 1 member | connected | alice")
	})
}
