package server

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
)

// forgetful keeps so little of a room that of long posts only the newest are left.
func forgetful() *history.Memory { return history.NewMemory(0) }

func TestHistoryAfterWhatIsGoneGoesOnWithWhatIsKept(t *testing.T) {
	bubble(t, forgetful, func(t *testing.T, srv *Server, _ *history.Memory) {
		const posts = 100
		alice := member(t, srv, "alice")
		alice.do("SET echo off", "OK SET echo off")
		for i := range posts {
			alice.do(fmt.Sprintf("POST %03d %s", i+1, strings.Repeat("x", 900)), "OK POST go")
		}
		var gone, seq int
		if _, err := fmt.Sscanf(alice.do("HISTORY 2 AFTER 5", "GAP go 6 "), "GAP go 6 %d retention", &gone); err != nil || gone < 50 {
			t.Fatalf("up to %d is gone, %v", gone, err)
		}
		for i := range 2 {
			line := alice.want("PAST ")
			if _, err := fmt.Sscanf(line[strings.Index(line, "MSG"):], "MSG go %d alice", &seq); err != nil || seq != gone+1+i {
				t.Errorf("got number %d, %v; want %d", seq, err, gone+1+i)
			}
		}
		alice.want(fmt.Sprintf("OK HISTORY go 2 %d", posts))
	})
}

func TestSearchSinceNowFindsNothing(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		alice.do("SET echo off", "OK SET echo off")
		alice.do("POST early", "OK POST go 1")
		pass(1)
		alice.do("SEARCH early since:0s", "OK SEARCH go 0 1")
		alice.do("HISTORY SINCE 0s", "OK HISTORY go 0 1")
	})
}

func TestBeginningsAreOfTwoCharacters(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		alice.do("SET echo off", "OK SET echo off")
		alice.do("POST été migration 17", "OK POST go 1")
		for _, short := range []string{"m*", "é*", "日*"} {
			alice.do("SEARCH "+short, "ERR SEARCH bad-arguments "+short+" ")
		}
		for _, begin := range []string{"mi*", "ÉT*", "17 * mi*"} {
			alice.do("SEARCH "+begin, "PAST ")
			alice.want("OK SEARCH go 1 1")
		}
	})
}

// An unreadStore has posts, and cannot read them.
type unreadStore struct{ *history.Memory }

func (unreadStore) Page(context.Context, string, uint64, uint64, int) (history.Page, error) {
	return history.Page{}, history.ErrUnread
}

// A JOIN whose past cannot be read is none: it is refused, and the session is not in the
// room.
func TestJoinThatCannotBringBackIsNone(t *testing.T) {
	bubble(t, func() unreadStore { return unreadStore{memory()} }, func(t *testing.T, srv *Server, _ unreadStore) {
		alice := member(t, srv, "alice")
		alice.do("POST hi", "MSG go 1")
		alice.want("OK POST go 1")
		bob := connect(t, srv)
		bob.do("JOIN go LAST 1", "ERR JOIN store")
		bob.do("NICK bob", "OK NICK bob")
		bob.do("WHOAMI", "OK WHOAMI bob - guest")
		alice.do("WHO", "USER go alice")
		alice.want("OK WHO go 1")
		alice.do("JOIN go LAST 1", "ERR JOIN store") // in the room it is in it stays
		alice.do("WHOAMI", "OK WHOAMI alice go guest")
	})
}

// LEAVE of another room than the current one leaves that the current one.
func TestLeaveOfAnotherRoom(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		alice.do("CREATE b", "OK CREATE b")
		alice.do("CREATE c", "OK CREATE c")
		alice.do("JOIN b", "OK JOIN b")
		alice.do("JOIN c", "OK JOIN c")
		alice.do("JOIN go", "OK JOIN go") // the one joined last, although not newly
		alice.do("LEAVE c", "OK LEAVE c go")
		alice.do("LEAVE", "OK LEAVE go b")
		alice.do("LEAVE b", "OK LEAVE b -")
	})
}

func TestHistoryRange(t *testing.T) {
	const head = 10
	s := new(session)
	for _, tt := range []struct {
		q        historyQuery
		from, to uint64
	}{
		{historyQuery{n: 3}, 8, 10},
		{historyQuery{n: 20}, 1, 10},
		{historyQuery{n: 3, position: "BEFORE", seq: 5}, 2, 4},
		{historyQuery{n: 3, position: "BEFORE", seq: 99}, 8, 10},
		{historyQuery{n: 3, position: "BEFORE", seq: 2}, 1, 1},
		{historyQuery{n: 3, position: "BEFORE", seq: 1}, 1, 0}, // none
		{historyQuery{n: 3, position: "BEFORE", seq: 0}, 1, 0},
		{historyQuery{n: 3, position: "AFTER", seq: 4}, 5, 10}, // of which the first 3 are sent
		{historyQuery{n: 3, position: "AFTER", seq: 10}, 11, 10},
	} {
		if from, to, err := s.historyRange(roomRef{}, tt.q, head); from != tt.from || to != tt.to || err != nil {
			t.Errorf("%+v: %d to %d, %v; want %d to %d", tt.q, from, to, err, tt.from, tt.to)
		}
	}
}
