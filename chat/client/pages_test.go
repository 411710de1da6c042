package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"linechat/chatd/servertest"
)

// described takes what an iterator yields, at most so many; 0: all.
func described(events iter.Seq2[Event, error], most int) func() ([]string, error) {
	return async(func() (got []string, err error) {
		for e, err := range events {
			if err != nil {
				return got, err
			}
			if got = append(got, describe(e)); len(got) == most {
				break
			}
		}
		return got, nil
	})
}

// yields wants an iterator to have yielded these, and then err.
func (s *fixture) yields(wait func() ([]string, error), err error, want ...string) {
	s.Helper()
	got, gotErr := wait()
	if !slices.Equal(got, want) || !errors.Is(gotErr, err) {
		s.Fatalf("yielded are %q, %v; want %q, %v", got, gotErr, want, err)
	}
}

func gap(from, to int, why string) string {
	return fmt.Sprintf(`{"type":"gap","room":"go","from":%d,"to":%d,"why":%q}`, from, to, why)
}

// posts says posts of room go, and the OK of a page.
func (p *peer) posts(verb string, head int, seqs ...int) {
	p.Helper()
	for _, seq := range seqs {
		p.say(past("go", seq, "bob", "x"))
	}
	p.say(ok(verb, "room", "go", "shown", len(seqs), "seq", head))
}

// TestHistoryPages: how far the room has come is asked once; then each page is
// asked for after the last post before it, and no more than is wanted of it.
// What was posted meanwhile is no part of it.
func TestHistoryPages(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.History(s.Context(), "go", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.say(gap(1, 3, "retention"))
		p.posts("HISTORY", 2004, 4)
		p.expect("IN go HISTORY 1000 AFTER 0")
		p.say(gap(1, 4, "retention"))
		p.posts("HISTORY", 2005, 5, 1004)
		p.expect("IN go HISTORY 1000 AFTER 1004")
		p.posts("HISTORY", 2006, 1005, 2003)
		p.expect("IN go HISTORY 1 AFTER 2003")
		p.posts("HISTORY", 2006, 2004)
		s.yields(all, nil, "GAP go 1 4 retention", "past MSG go 5 bob x", "past MSG go 1004 bob x",
			"past MSG go 1005 bob x", "past MSG go 2003 bob x", "past MSG go 2004 bob x")
		p.answerQuit()
	})
}

// TestHistoryGap: a gap ends where what was asked for ends, and where all of it
// has gone there is nothing more to ask for.
func TestHistoryGap(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.History(s.Context(), "go", Range{After: 2, Before: 8, First: 3}), 0)
		p.expect("IN go HISTORY 1 AFTER 2")
		p.say(gap(3, 5, "retention"))
		p.posts("HISTORY", 20, 6)
		p.expect("IN go HISTORY 3 AFTER 2")
		p.say(gap(3, 8, "retention"))
		p.posts("HISTORY", 20, 9, 10, 11)
		s.yields(all, nil, "GAP go 3 7 retention")
		p.answerQuit()
	})
}

// TestHistoryLost: the page under way is asked for again on the next connection,
// in the room that was current when the loop began. Without a next connection
// the loop ends with why, after what there was.
func TestHistoryLost(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 2)
		all := described(s.client.History(s.Context(), "", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2, 1)
		p.expect("IN go HISTORY 2 AFTER 0")
		p.say(past("go", 1, "bob", "x"))
		p.cut()
		p = s.accept()
		p.greet()
		p.expect("JOIN go AFTER 2")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 2))
		p.expect("IN go HISTORY 2 AFTER 0")
		p.posts("HISTORY", 2, 1)
		p.expect("IN go HISTORY 1 AFTER 1")
		p.say(refusing("HISTORY", StoreFailed))
		s.yields(all, StoreFailed, "past MSG go 1 bob x")
		p.answerQuit()
	})
	play(t, Config{ReconnectTimeout: -1}, func(s *fixture) {
		p := s.start()
		all := described(s.client.History(s.Context(), "go", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.cut()
		s.yields(all, ErrLost)
	})
}

// TestHistoryEnds: a loop that ends early asks for nothing more, one of a server
// that brings nothing ends, and one whose context has ended says so.
func TestHistoryEnds(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		first := described(s.client.History(s.Context(), "go", Range{}), 1)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000, 1)
		p.expect("IN go HISTORY 1000 AFTER 0")
		p.posts("HISTORY", 2000, 1, 2)
		s.yields(first, nil, "past MSG go 1 bob x")

		first = described(s.client.History(s.Context(), "go", Range{First: 1}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000, 1)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000, 1)
		s.yields(first, nil, "past MSG go 1 bob x")

		none := described(s.client.JoinLast(s.Context(), "go", 1001), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.posts("HISTORY", 2000)
		p.expect("IN go HISTORY 1000 AFTER 999")
		p.posts("HISTORY", 2000) // which has neither posts nor a gap
		p.expect("JOIN go AFTER 0")
		p.say(refusing("JOIN", StoreFailed))
		s.yields(none, StoreFailed)

		ctx, cancel := context.WithCancelCause(s.Context())
		over := errors.New("over")
		all := described(s.client.History(ctx, "go", Range{}), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		cancel(over)
		s.yields(all, over)
		p.posts("HISTORY", 2000, 1)
		p.answerQuit()
	})
}

// TestSearchPages: the newest come first, page by page, and a search that the
// server has broken off goes on where it was. One that does not get further says
// what was not searched.
func TestSearchPages(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.Search(s.Context(), "go", Query{Words: `mig* "two`, From: "bob", Since: time.Minute, After: 10, Last: 3}), 0)
		p.expect(`IN go SEARCH limit:3 since:60s from:bob mig* "two`)
		p.say(gap(1, 500, "time"))
		p.posts("SEARCH", 900, 700)
		p.expect(`IN go SEARCH limit:2 since:60s from:bob mig* "two ." before:501`)
		p.say(gap(1, 500, "time"))
		p.posts("SEARCH", 900)
		s.yields(all, nil, "past MSG go 700 bob x", "GAP go 1 500 time")

		all = described(s.client.Search(s.Context(), "go", Query{Words: "x", After: 10, Last: 3}), 0)
		p.expect("IN go SEARCH limit:3 x")
		p.posts("SEARCH", 900, 9, 11, 12)
		s.yields(all, nil, "past MSG go 12 bob x", "past MSG go 11 bob x")

		all = described(s.client.Search(s.Context(), "go", Query{Words: "x", After: 10, Last: 3}), 0)
		p.expect("IN go SEARCH limit:3 x")
		p.say(gap(1, 10, "time"), gap(11, 11, "retention"))
		p.posts("SEARCH", 900, 12)
		s.yields(all, nil, "past MSG go 12 bob x")

		all = described(s.client.Search(s.Context(), "go", Query{Words: "?"}), 0)
		p.expect("IN go SEARCH limit:1000 ?")
		p.say(refusing("SEARCH", BadArguments))
		s.yields(all, BadArguments)
		p.answerQuit()
	})
}

// TestJoinLastLost: a JOIN without an answer is sent again, and what comes with its
// answer is yielded.
func TestJoinLastLost(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.JoinLast(s.Context(), "go", 10), 0)
		p.expect("JOIN go LAST 10")
		p.cut()
		p = s.accept()
		p.greet()
		p.expect("JOIN go LAST 10")
		p.say(gap(1, 1, "retention"), past("go", 2, "bob", "x"), ok("JOIN", "room", "go", "members", 1, "seq", 2))
		s.yields(all, nil, "GAP go 1 1 retention", "past MSG go 2 bob x")
		p.answerQuit()
	})
}

// TestJoinLastGap: where all that was asked for has gone, the JOIN comes after it.
func TestJoinLastGap(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		all := described(s.client.JoinLast(s.Context(), "go", 1001), 0)
		p.expect("IN go HISTORY 1 AFTER 0")
		p.say(gap(1, 2000, "retention"))
		p.posts("HISTORY", 2000)
		p.expect("IN go HISTORY 1000 AFTER 999")
		p.say(gap(1000, 2000, "retention"))
		p.posts("HISTORY", 2000)
		p.expect("JOIN go AFTER 2000")
		p.say(ok("JOIN", "room", "go", "members", 1, "seq", 2000))
		s.yields(all, nil, "GAP go 1000 2000 retention")
		p.answerQuit()
	})
}

// TestSearchTwice: each loop over a search begins anew, in the room that is
// current then.
func TestSearchTwice(t *testing.T) {
	play(t, Config{}, func(s *fixture) {
		p := s.start()
		p.join("go", 900)
		search := s.client.Search(s.Context(), "", Query{Words: "x", Last: 2})
		for range 2 {
			all := described(search, 0)
			p.expect("IN go SEARCH limit:2 x")
			p.say(gap(1, 500, "time"))
			p.posts("SEARCH", 900, 600)
			p.expect(`IN go SEARCH limit:1 x ." before:501`)
			p.posts("SEARCH", 900)
			s.yields(all, nil, "past MSG go 600 bob x")
		}
		p.answerQuit()
	})
}

// A house is a chatd in memory with a client, bob.
type house struct {
	*testing.T
	server *servertest.Server
	bob    *Client
}

// newHouse makes room go with so many posts.
func newHouse(t *testing.T, posts int) *house {
	t.Helper()
	h := &house{T: t, server: servertest.New(servertest.Config{})}
	t.Cleanup(h.server.Close)
	h.bob = h.dial("bob")
	if err := h.bob.Create(t.Context(), "go", ""); err != nil {
		t.Fatal(err)
	}
	var last *Request
	for i := range posts {
		var err error
		if last, err = h.bob.PostAsync(t.Context(), "go", fmt.Sprint("line ", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := last.Wait(t.Context()); err != nil || r.OK.Seq != uint64(posts) {
		t.Fatalf("the last post is number %d, %v", r.OK.Seq, err)
	}
	return h
}

func (h *house) dial(nick string) *Client {
	h.Helper()
	c, err := Dial(h.Context(), Config{Nick: nick, Dial: h.server.Dial})
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { c.Close() })
	return c
}

// spans are the numbers of messages: "3-7 9".
func (h *house) spans(events iter.Seq2[Event, error]) (spans string) {
	h.Helper()
	var seqs []uint64
	for e, err := range events {
		m, isMessage := e.(Message)
		if err != nil || !isMessage || m.Text != fmt.Sprint("line ", m.Seq) || !m.Replayed {
			h.Fatalf("yielded is %+v, %v", e, err)
		}
		seqs = append(seqs, m.Seq)
	}
	for i, seq := range seqs {
		switch {
		case i == 0:
			spans = fmt.Sprint(seq)
		case i == len(seqs)-1 || seqs[i+1] != seq+1 && seqs[i+1] != seq-1:
			spans += fmt.Sprint("-", seq)
		case seq != seqs[i-1]+1 && seq != seqs[i-1]-1:
			spans += fmt.Sprint(" ", seq)
		}
	}
	return spans
}

// TestHistory: all that a Range can say, of a room of three pages.
func TestHistory(t *testing.T) {
	h := newHouse(t, 2500)
	for _, c := range []struct {
		which Range
		want  string
	}{
		{Range{}, "1-2500"},
		{Range{Last: 1}, "2500"},
		{Range{Last: 1001}, "1500-2500"},
		{Range{Last: 9999}, "1-2500"},
		{Range{First: 1}, "1"},
		{Range{First: 1001}, "1-1001"},
		{Range{After: 2400}, "2401-2500"},
		{Range{After: 2500}, ""},
		{Range{After: 499, First: 2}, "500-501"},
		{Range{After: 2400, Last: 10}, "2491-2500"},
		{Range{After: 2400, Last: 200}, "2401-2500"},
		{Range{Before: 1}, ""},
		{Range{Before: 3}, "1-2"},
		{Range{Before: 2501}, "1-2500"},
		{Range{Before: 1500, Last: 1200}, "300-1499"},
		{Range{After: 100, Before: 102}, "101"},
		{Range{After: 100, Before: 101}, ""},
		{Range{After: 100, Before: 50}, ""},
		{Range{Last: 100, First: 2}, "2401-2402"},
		{Range{Since: time.Hour}, "1-2500"},
		{Range{Since: time.Hour, First: 3}, "1-3"},
		{Range{Since: time.Hour, Last: 3}, "2498-2500"},
		{Range{Since: time.Hour, After: 2498}, "2499-2500"},
		{Range{Since: time.Hour, After: 9999}, ""},
		{Range{Last: -1, First: -1}, "1-2500"},
	} {
		if got := h.spans(h.bob.History(t.Context(), "go", c.which)); got != c.want {
			t.Errorf("%+v yields %s, want %s", c.which, got, c.want)
		}
	}
	for _, err := range h.bob.History(t.Context(), "go", Range{After: 2501}) {
		if !errors.Is(err, BadPosition) {
			t.Errorf("after 2501 there is %v", err)
		}
	}
	for _, err := range h.bob.History(t.Context(), "", Range{}) {
		if !errors.Is(err, NotInRoom) {
			t.Errorf("in no room there is %v", err)
		}
	}
}

// TestSearch: pages of a search follow one another also where its words hold
// an open phrase or a before: of their own.
func TestSearch(t *testing.T) {
	h := newHouse(t, 2500)
	for _, c := range []struct {
		query Query
		want  string
	}{
		{Query{Words: "line"}, "2500-1"},
		{Query{Words: `"line`}, "2500-1"},
		{Query{Words: `"line"`}, "2500-1"},
		{Query{Words: "lin*"}, "2500-1"},
		{Query{Words: `from:bob`}, "2500-1"},
		{Query{Words: "line before:2000"}, "1999-1"},
		{Query{Words: "line", Last: 1}, "2500"},
		{Query{Words: "line", Last: 1001}, "2500-1500"},
		{Query{Words: "line", Before: 1500, Last: 1200}, "1499-300"},
		{Query{Words: "line", After: 1300}, "2500-1301"},
		{Query{Words: "line", After: 2490, Before: 2493}, "2492-2491"},
		{Query{Words: "line", Before: 1}, ""},
		{Query{Words: "line", Since: time.Hour, From: "bob"}, "2500-1"},
		{Query{Words: "line", From: "alice"}, ""},
		{Query{Words: "77"}, "77"},
	} {
		if got := h.spans(h.bob.Search(t.Context(), "go", c.query)); got != c.want {
			t.Errorf("%+v finds %s, want %s", c.query, got, c.want)
		}
	}
}

// TestJoinLast: more posts than one page has come before the JOIN; what is posted
// meanwhile is yielded once, and what is posted then is an event.
func TestJoinLast(t *testing.T) {
	h := newHouse(t, 2500)
	alice := h.dial("alice")
	for range alice.JoinLast(t.Context(), "go", 2000) {
		break
	}
	if rooms := alice.Session().Rooms; len(rooms) != 0 {
		t.Errorf("a loop that has ended early has joined %q", rooms)
	}
	next := 1000
	for e, err := range alice.JoinLast(t.Context(), "go", 1501) {
		m, _ := e.(Message)
		if err != nil || m.Seq != uint64(next) {
			t.Fatalf("yielded is %+v, %v; want post %d", e, err, next)
		}
		if next++; next == 1500 {
			h.post("line 2501")
		}
	}
	h.post("line 2502")
	for e := range alice.Events() {
		if m, isMessage := e.(Message); isMessage {
			if next != 2502 || m.Seq != 2502 {
				t.Errorf("the first event is %+v after %d yielded", m, next-1000)
			}
			break
		}
	}
	for _, err := range alice.JoinLast(t.Context(), "nowhere", 2000) {
		if !errors.Is(err, NoSuchRoom) {
			t.Errorf("a missing room: %v", err)
		}
	}
}

func (h *house) post(text string) {
	h.Helper()
	if _, err := h.bob.Post(h.Context(), "go", text); err != nil {
		h.Fatal(err)
	}
}

// TestListRooms: each room comes once, the busiest first, and the room 0, which no
// page after a name has, is one of them.
func TestListRooms(t *testing.T) {
	h := newHouse(t, 1)
	for i := range 250 {
		h.create(fmt.Sprintf("r%03d", i), "")
	}
	var last RoomInfo
	for room, err := range h.bob.ListRooms(t.Context(), "") {
		if last = room; err != nil {
			t.Fatal(err)
		}
	}
	if last.Name != "r249" {
		t.Errorf("without a room 0 the last one listed is %q", last.Name)
	}
	h.create("0", "zero")
	var names []string
	for i := range 250 {
		names = append(names, fmt.Sprintf("r%03d", i))
	}
	for i, name := range names[30:] {
		if i%50 == 0 {
			h.bob = h.dial(fmt.Sprint("visitor-", i))
		}
		h.join(name)
	}
	h.join("r249")
	h.bob = h.dial("another")
	h.join("r248")
	want := slices.Concat([]string{"r248 2"}, withCount(names[30:229], 1), []string{"0 0", "go 0"}, withCount(names[:30], 0), withCount(names[229:248], 1), []string{"r249 1"})
	for _, c := range []struct {
		prefix string
		want   []string
	}{
		{"", want},
		{"R", slices.DeleteFunc(slices.Clone(want), func(room string) bool { return room[0] != 'r' })},
		{"0", []string{"0 0"}},
		{"r01", withCount(names[10:20], 0)},
		{"nothing", nil},
	} {
		var got []string
		for room, err := range h.bob.ListRooms(t.Context(), c.prefix) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprint(room.Name, " ", room.Members))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("with prefix %q are listed %q, want %q", c.prefix, got, c.want)
		}
	}
}

func withCount(names []string, members int) (rooms []string) {
	for _, name := range names {
		rooms = append(rooms, fmt.Sprint(name, " ", members))
	}
	return rooms
}

func (h *house) create(room, topic string) {
	h.Helper()
	if err := h.bob.Create(h.Context(), room, topic); err != nil {
		h.Fatal(err)
	}
}

func (h *house) join(room string) {
	h.Helper()
	if _, err := h.bob.Join(h.Context(), room); err != nil {
		h.Fatal(err)
	}
}
