package ui

import (
	"testing"
	"time"

	"linechat/chat/client"
)

// TestUnreadMark: one mark for all that comes while nobody looks.
func TestUnreadMark(t *testing.T) {
	start := time.Now()
	var m unreadMark
	m.noteInput(start)
	for i, c := range []struct {
		after time.Duration // since the start
		do    func(now time.Time)
		want  bool
	}{
		{0, nil, false},
		{idleTimeout - 1, nil, false},
		{idleTimeout, nil, true},
		{idleTimeout + 1, nil, false},
		{idleTimeout + 2, m.noteInput, false},
		{2*idleTimeout + 1, nil, false},
		{2*idleTimeout + 2, nil, true},
		{2*idleTimeout + 3, m.noteInput, false},
		{2*idleTimeout + 3, func(time.Time) { m.setFocus(false) }, true},
		{2*idleTimeout + 4, nil, false},
		{2*idleTimeout + 5, func(time.Time) { m.setFocus(true) }, false},
		{2*idleTimeout + 6, func(time.Time) { m.setFocus(false) }, true},
	} {
		now := start.Add(c.after)
		if c.do != nil {
			c.do(now)
		}
		if got := m.startsUnread(now); got != c.want {
			t.Errorf("step %d: a post is the first unread one: %v", i, got)
		}
	}
}

// TestBellModes: what it rings for, and that it pauses.
func TestBellModes(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		mode    string
		mention bool
		since   time.Duration // its last ring
		want    bool
	}{
		{bellOff, true, time.Hour, false},
		{bellOn, true, time.Hour, true},
		{bellOn, false, time.Hour, false},
		{bellAll, false, time.Hour, true},
		{bellAll, true, time.Hour, true},
		{bellOn, true, bellInterval - 1, false},
		{bellOn, true, bellInterval, true},
		{bellAll, false, bellInterval - 1, false},
	} {
		b := bell{mode: c.mode, lastRing: now.Add(-c.since)}
		if got := b.allow(c.mention, now); got != c.want {
			t.Errorf("bell %s, mention %v, %v after the last ring: %v", c.mode, c.mention, c.since, got)
		}
		if rung := b.lastRing.Equal(now); rung != c.want {
			t.Errorf("bell %s, mention %v, %v after the last ring: the ring is noted: %v", c.mode, c.mention, c.since, rung)
		}
	}
}

// The bell rings for what is meant for the person, not too often, and not for
// what is past.
func TestBell(t *testing.T) {
	play(t, "go", func(s *fixture) {
		past := post("go", "bob", "alice, earlier")
		past.Replayed = true
		s.tell(past, post("go", "bob", "hello"), post("go", "alice", "alice"))
		if n := s.rings(); n != 0 {
			t.Errorf("the bell rang %d times for nothing", n)
		}
		s.tell(post("go", "bob", "alice?"), post("go", "bob", "alice!"))
		if n := s.rings(); n != 1 {
			t.Errorf("the bell rang %d times for two mentions at once", n)
		}
		time.Sleep(bellInterval)
		s.tell(client.Tell{Nick: "bob", Text: "psst"})
		time.Sleep(bellInterval)
		s.enter("/set bell all")
		s.tell(post("go", "bob", "hello"))
		time.Sleep(bellInterval)
		s.enter("/set bell off")
		s.tell(post("go", "bob", "alice"))
		if n := s.rings(); n != 3 {
			t.Errorf("the bell rang %d times, not 3", n)
		}
	})
}

// The first post that comes while the person looks elsewhere has a mark.
func TestUnread(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.tell(post("go", "bob", "seen"))
		s.ui.onFocus(false)
		s.tell(post("go", "bob", "one"), post("go", "bob", "two"))
		s.ui.onFocus(true)
		s.tell(post("go", "bob", "three"))
		s.sees("00:00 <bob> seen", "-- new --", "00:00 <bob> one", "00:00 <bob> two", "00:00 <bob> three")
		time.Sleep(idleTimeout)
		s.tell(post("go", "alice", "my own"), post("go", "bob", "four"), post("go", "bob", "five"))
		s.sees("00:10 <alice> my own", "-- new --", "00:10 <bob> four", "00:10 <bob> five")
		time.Sleep(idleTimeout)
		s.enter("/ignore")
		s.tell(client.Tell{Nick: "bob", Text: "psst"})
		time.Sleep(idleTimeout)
		s.tell(client.Tell{Nick: "bob", Text: "psst"}, post("go", "bob", "six"))
		s.sees("-- nobody is ignored", "00:20 [bob -> you] psst", "-- new --", "00:30 [bob -> you] psst", "00:30 <bob> six")
	})
}
