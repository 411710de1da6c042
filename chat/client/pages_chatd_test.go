package client

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"linechat/chatd/servertest"
)

// A pagesServer is a chatd in memory with a client, bob.
type pagesServer struct {
	*testing.T
	server *servertest.Server
	bob    *Client
}

// newPagesServer makes room go with so many posts.
func newPagesServer(t *testing.T, posts int) *pagesServer {
	t.Helper()
	s := &pagesServer{T: t, server: servertest.New(servertest.Config{})}
	t.Cleanup(s.server.Close)
	s.bob = s.dial("bob")
	if err := s.bob.Create(t.Context(), "go", ""); err != nil {
		t.Fatal(err)
	}
	var last *Request
	for i := range posts {
		var err error
		if last, err = s.bob.PostAsync(t.Context(), "go", fmt.Sprint("line ", i+1)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err := last.Wait(t.Context()); err != nil || r.OK.Seq != uint64(posts) {
		t.Fatalf("the last post is number %d, %v", r.OK.Seq, err)
	}
	return s
}

func (s *pagesServer) dial(nick string) *Client {
	s.Helper()
	c, err := Dial(s.Context(), Config{Nick: nick, Dial: s.server.Dial})
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { c.Close() })
	return c
}

// spans are the numbers of messages: "3-7 9".
func (s *pagesServer) spans(events iter.Seq2[Event, error]) (spans string) {
	s.Helper()
	var seqs []uint64
	for e, err := range events {
		m, isMessage := e.(Message)
		if err != nil || !isMessage || m.Text != fmt.Sprint("line ", m.Seq) || !m.Replayed {
			s.Fatalf("yielded is %+v, %v", e, err)
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
	s := newPagesServer(t, 2500)
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
		if got := s.spans(s.bob.History(t.Context(), "go", c.which)); got != c.want {
			t.Errorf("%+v yields %s, want %s", c.which, got, c.want)
		}
	}
	for _, err := range s.bob.History(t.Context(), "go", Range{After: 2501}) {
		if !errors.Is(err, BadPosition) {
			t.Errorf("after 2501 there is %v", err)
		}
	}
	for _, err := range s.bob.History(t.Context(), "", Range{}) {
		if !errors.Is(err, NotInRoom) {
			t.Errorf("in no room there is %v", err)
		}
	}
}

// TestSearch: pages of a search follow one another also where its words hold
// an open phrase or a before: of their own.
func TestSearch(t *testing.T) {
	s := newPagesServer(t, 2500)
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
		if got := s.spans(s.bob.Search(t.Context(), "go", c.query)); got != c.want {
			t.Errorf("%+v finds %s, want %s", c.query, got, c.want)
		}
	}
}

// TestJoinLast: more posts than one page has come before the JOIN; what is posted
// meanwhile is yielded once, and what is posted then is an event.
func TestJoinLast(t *testing.T) {
	s := newPagesServer(t, 2500)
	alice := s.dial("alice")
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
			s.post("line 2501")
		}
	}
	s.post("line 2502")
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

func (s *pagesServer) post(text string) {
	s.Helper()
	if _, err := s.bob.Post(s.Context(), "go", text); err != nil {
		s.Fatal(err)
	}
}

// TestListRooms: each room comes once, the busiest first, and the room 0, which no
// page after a name has, is one of them.
func TestListRooms(t *testing.T) {
	s := newPagesServer(t, 1)
	for i := range 250 {
		s.create(fmt.Sprintf("r%03d", i), "")
	}
	var last RoomInfo
	for room, err := range s.bob.ListRooms(t.Context(), "") {
		if last = room; err != nil {
			t.Fatal(err)
		}
	}
	if last.Name != "r249" {
		t.Errorf("without a room 0 the last one listed is %q", last.Name)
	}
	s.create("0", "zero")
	var names []string
	for i := range 250 {
		names = append(names, fmt.Sprintf("r%03d", i))
	}
	for i, name := range names[30:] {
		if i%50 == 0 {
			s.bob = s.dial(fmt.Sprint("visitor-", i))
		}
		s.join(name)
	}
	s.join("r249")
	s.bob = s.dial("another")
	s.join("r248")
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
		for room, err := range s.bob.ListRooms(t.Context(), c.prefix) {
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

func (s *pagesServer) create(room, topic string) {
	s.Helper()
	if err := s.bob.Create(s.Context(), room, topic); err != nil {
		s.Fatal(err)
	}
}

func (s *pagesServer) join(room string) {
	s.Helper()
	if _, err := s.bob.Join(s.Context(), room); err != nil {
		s.Fatal(err)
	}
}
