package sqlite_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

// held opens a store with rooms 0 … n-1 whose committer is at a COMMIT.
func held(t *testing.T, n int) (s *sqlite.Store, g *gate, first <-chan outcome) {
	t.Helper()
	dir := t.TempDir()
	g = gated(t, dir)
	s = open(t, dir, sqlite.Config{})
	for i := range n {
		create(t, s, fmt.Sprint("room", i))
	}
	g.hold()
	first = start(s, "room0", posts(1, "the first"))
	<-g.arrived
	return s, g, first
}

func TestWhatWaitsTogetherIsCommittedTogether(t *testing.T) {
	t.Parallel()
	const n = 30
	s, g, first := held(t, n)
	var answers []<-chan outcome
	for i := 1; i < n; i++ {
		answers = append(answers, start(s, fmt.Sprint("room", i), posts(1, "one", "two")))
	}
	missing := start(s, "missing", posts(1, "nowhere"))
	select {
	case got := <-first:
		t.Errorf("answered %v before the commit", got)
	default:
	}
	if p := all(t, s, "room0"); len(p.Posts) != 0 || load(t, s, "room0").Head != 0 {
		t.Errorf("seen before the commit: %+v", p.Posts)
	}
	g.release()
	if got := <-first; got != (outcome{first: 1}) {
		t.Errorf("the first: %v", got)
	}
	for i, answer := range answers {
		if got := <-answer; got != (outcome{first: 1}) {
			t.Errorf("room %d: %v", i+1, got)
		}
		has(t, s, fmt.Sprint("room", i+1), posts(1, "one", "two"))
	}
	if got := <-missing; got.err != history.ErrFailed {
		t.Errorf("the missing room: %v, want ErrFailed", got.err)
	}
	if got := g.count(); got != 2 {
		t.Errorf("%d transactions, want 2", got)
	}
}

// TestChangeSeesWhatCameBeforeIt has posts and a change wait for one transaction.
func TestChangeSeesWhatCameBeforeIt(t *testing.T) {
	t.Parallel()
	s, g, first := held(t, 2)
	posted := start(s, "room1", posts(1, "one", "two"))
	counted := s.Count()
	g.release()
	<-first
	<-posted
	if got := <-counted; got != 3 {
		t.Errorf("%d posts are seen, want 3", got)
	}
	if got := g.count(); got != 2 {
		t.Errorf("%d transactions, want 2", got)
	}
}

// TestTransactionIsBounded has more wait than one transaction takes.
func TestTransactionIsBounded(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		posts []history.Post // of each room
		want  int            // rooms in one transaction
	}{
		{"by posts", posts(1, make([]string, 400)...), (sqlite.BatchPosts + 399) / 400},
		{"by bytes", posts(1, strings.Repeat("x", 300<<10)), (sqlite.BatchBytes + 300<<10 - 1) / (300 << 10)},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := test.want + 1
			s, g, first := held(t, n+1)
			var answers []<-chan outcome
			for i := range n {
				answers = append(answers, start(s, fmt.Sprint("room", i+1), test.posts))
			}
			g.release()
			<-first
			for i, answer := range answers {
				if got := <-answer; got != (outcome{first: 1}) {
					t.Errorf("room %d: %v", i, got)
				}
			}
			if got := g.count(); got != 1+2 {
				t.Errorf("%d transactions, want the one that was held and 2", got)
			}
		})
	}
}

func TestRefusalIsItsRequestsAlone(t *testing.T) {
	t.Parallel()
	s, g, first := held(t, 2)
	var refused []<-chan error
	for _, name := range []string{"ROOM1", "r00m1"} {
		n, err := proto.ParseRoom(name)
		if err != nil {
			t.Fatal(err)
		}
		answer := make(chan error, 1)
		go func() { answer <- s.Create(t.Context(), history.Room{Name: n}) }()
		refused = append(refused, answer)
	}
	topic := make(chan error, 1)
	go func() { topic <- s.SetTopic(t.Context(), "missing", "x", "bob") }()
	one := start(s, "room1", posts(1, "one"))
	g.release()
	for _, answer := range refused {
		if err := <-answer; err != history.ErrExists {
			t.Errorf("Create: %v, want ErrExists", err)
		}
	}
	if err := <-topic; err != history.ErrNoRoom {
		t.Errorf("SetTopic: %v, want ErrNoRoom", err)
	}
	for _, answer := range []<-chan outcome{first, one} {
		if got := <-answer; got != (outcome{first: 1}) {
			t.Errorf("Append: %v", got)
		}
	}
}

// TestAnswerMayAppend appends from done, which the committer calls.
func TestAnswerMayAppend(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{})
	create(t, s, "go")
	const n = 50
	end := make(chan outcome, 1)
	var next func(first uint64, err error)
	next = func(first uint64, err error) {
		if first == n || err != nil {
			end <- outcome{first, err}
			return
		}
		s.Append("go", posts(first+1, "again"), next)
	}
	s.Append("go", posts(1, "again"), next)
	if got := <-end; got != (outcome{first: n}) {
		t.Errorf("the last: %v, want %d", got, n)
	}
	if got := len(all(t, s, "go").Posts); got != n {
		t.Errorf("%d posts, want %d", got, n)
	}
}

// TestClosingAnswersWhatWaits closes a store while its committer is at work.
func TestClosingAnswersWhatWaits(t *testing.T) {
	t.Parallel()
	s, g, first := held(t, 20)
	var answers []<-chan outcome
	for i := range 19 {
		answers = append(answers, start(s, fmt.Sprint("room", i+1), posts(1, "one")))
	}
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	g.release()
	if got := <-first; got != (outcome{first: 1}) {
		t.Errorf("what was under way: %v", got)
	}
	for i, answer := range answers {
		if got := <-answer; got != (outcome{first: 1}) && !errors.Is(got.err, history.ErrFailed) {
			t.Errorf("room %d: %v", i+1, got)
		}
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

// TestDamagedRoomIsItsOwnTrouble posts to a room whose row has changed together
// with one that is well.
func TestDamagedRoomIsItsOwnTrouble(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "room0", "room1", "room2")
	shut(t, s)
	change(t, dir, sqlite.DBFile, "UPDATE room SET topic = 'changed' WHERE fold = 'room1'")
	g := gated(t, dir)
	s = open(t, dir, sqlite.Config{})
	g.hold()
	first := start(s, "room0", posts(1, "one"))
	<-g.arrived
	damaged, well := start(s, "room1", posts(1, "one")), start(s, "room2", posts(1, "one"))
	g.release()
	for _, answer := range []<-chan outcome{first, well} {
		if got := <-answer; got != (outcome{first: 1}) {
			t.Errorf("a room that is well: %v", got)
		}
	}
	if got := <-damaged; !errors.Is(got.err, history.ErrFailed) {
		t.Errorf("the damaged room: %v, want ErrFailed", got.err)
	}
	if err := s.SetTopic(t.Context(), "room1", "new", "bob"); !errors.Is(err, history.ErrFailed) {
		t.Errorf("its topic: %v, want ErrFailed", err)
	}
	post(t, s, "room0", 2, "two")
}
