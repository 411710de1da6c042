package server

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/origin"
)

// A slowStore takes a second for each page and each search.
type slowStore struct {
	*history.Memory
	pages atomic.Int32
}

func (s *slowStore) Page(ctx context.Context, fold string, from, to uint64, limit int) (history.Page, error) {
	s.pages.Add(1)
	pass(time.Second)
	return s.Memory.Page(ctx, fold, from, to, limit)
}

func (s *slowStore) Search(ctx context.Context, fold string, q history.Query) (history.Hits, error) {
	pass(time.Second)
	return s.Memory.Search(ctx, fold, q)
}

// longRoom makes room go, with posts that fill ten pages.
func longRoom(t *testing.T, srv *Server) {
	t.Helper()
	alice := connectFrom(t, srv, "192.0.2.1:1")
	alice.do("CREATE go", "OK")
	alice.sends(400, "IN go POST word "+strings.Repeat("x", 800))
	alice.do("QUIT", "OK")
}

// However much an origin reads, another one's turn comes after the page of the former that is
// being read. A post never waits for a turn.
func TestAnOriginThatReadsMuch(t *testing.T) {
	bubble(t, func() *slowStore { return &slowStore{Memory: memory()} }, func(t *testing.T, srv *Server, store *slowStore) {
		withLimits(srv, origin.Limits{})
		srv.reads = origin.NewTurns(1, srv.hub)
		longRoom(t, srv)
		carol, dave := connectFrom(t, srv, "192.0.2.3:1"), connectFrom(t, srv, "192.0.2.4:1")
		for i := range 50 {
			greedy := connectFrom(t, srv, fmt.Sprint("192.0.2.2:", i))
			go greedy.sends(1, "IN go HISTORY 300")
		}
		synctest.Wait()
		for _, line := range []string{"IN go HISTORY 1", "IN go HISTORY SINCE 0s", "JOIN go LAST 1", "IN go SEARCH word limit:1"} {
			if took, _ := carol.sends(1, line); took > 4*time.Second {
				t.Errorf("%s takes %v where pages and searches take a second", line, took)
			}
		}
		if took, _ := dave.sends(10, "IN go POST hi"); took > 0 {
			t.Errorf("ten posts take %v", took)
		}
		if n := store.pages.Load(); n < 3 {
			t.Errorf("%d pages were read: nobody was in the way", n)
		}
	})
}

// Searches of others hold up no other reads, and go round as these do.
func TestAnOriginAmongSearches(t *testing.T) {
	bubble(t, func() *slowStore { return &slowStore{Memory: memory()} }, func(t *testing.T, srv *Server, _ *slowStore) {
		withLimits(srv, origin.Limits{})
		srv.searches = origin.NewTurns(1, srv.hub)
		longRoom(t, srv)
		carol := connectFrom(t, srv, "192.0.2.9:1")
		for i := range 50 {
			greedy := connectFrom(t, srv, fmt.Sprintf("192.0.2.%d:%d", 2+i%3, i))
			go greedy.sends(1, "IN go SEARCH nothing")
		}
		synctest.Wait()
		if n := srv.Figures().Waiting; n != 2 {
			t.Errorf("%d wait for their turn, and one of each of three others searches", n)
		}
		if took, _ := carol.sends(1, "IN go HISTORY 1"); took != time.Second {
			t.Errorf("HISTORY takes %v", took)
		}
		if took, _ := carol.sends(1, "IN go SEARCH nothing"); took > 8*time.Second {
			t.Errorf("SEARCH takes %v, behind one of each of three others, and a rest after each", took)
		}
	})
}

// Who does not read what is brought back holds no place while it is waited for.
func TestAnAnswerThatIsNotRead(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, origin.Limits{})
		srv.reads = origin.NewTurns(1, srv.hub)
		longRoom(t, srv)
		for i, line := range []string{"IN go HISTORY 400", "JOIN go LAST 400", "IN go SEARCH word limit:400"} {
			connectFrom(t, srv, fmt.Sprint("192.0.2.2:", i)).send(line)
		}
		synctest.Wait()
		for _, line := range []string{"IN go HISTORY 1", "IN go WHO"} {
			if took, _ := connectFrom(t, srv, "192.0.2.3:1").sends(1, line); took > 0 {
				t.Errorf("%s of another takes %v", line, took)
			}
		}
	})
}

// Long searches rest for about as long as they take, but for those of who is exempt.
func TestRestAfterSearches(t *testing.T) {
	bubble(t, func() *slowStore { return &slowStore{Memory: memory()} }, func(t *testing.T, srv *Server, _ *slowStore) {
		withLimits(srv, origin.Limits{})
		srv.searches = origin.NewTurns(1, srv.hub)
		longRoom(t, srv)
		for address, want := range map[string]time.Duration{"198.51.100.1:1": 3 * time.Second, "192.0.2.2:1": 5*time.Second - 2*shortSearch} {
			if took, _ := connectFrom(t, srv, address).sends(3, "IN go SEARCH nothing"); took != want {
				t.Errorf("three searches of %s take %v, want %v", address, took, want)
			}
			pass(time.Second)
		}
		srv.config.Rate = 0
		if took, _ := connectFrom(t, srv, "192.0.2.2:1").sends(3, "IN go SEARCH nothing"); took != 3*time.Second {
			t.Errorf("three searches take %v where there are no rates", took)
		}
	})
}

// A read waits for posts that nobody has taken up, and no longer than 20 ms.
func TestPostsComeBeforeReads(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		alice := member(t, srv, "alice")
		alice.do("POST hi", "MSG go 1")
		alice.want("OK POST")
		posts := new(waitingPosts)
		srv.reads = origin.NewTurns(1, posts)
		posts.Store(true)
		for _, line := range []string{"HISTORY", "ROOMS"} {
			if took, _ := alice.sends(1, line); took != 20*time.Millisecond {
				t.Errorf("%s waits %v for posts that wait", line, took)
			}
		}
		if took, _ := alice.sends(1, "POST hi"); took > 0 {
			t.Errorf("a post waits %v", took)
		}
		posts.Store(false)
		if took, _ := alice.sends(1, "HISTORY"); took > 0 {
			t.Errorf("HISTORY waits %v for nothing", took)
		}
	})
}

// What is found here and there is read in one turn, up to about a page: else each post that is
// found had a turn.
func TestTurnsOfWhatIsFound(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		posts := new(waitingPosts)
		srv.reads = origin.NewTurns(1, posts)
		alice := connect(t, srv)
		alice.do("CREATE go", "OK")
		for range 200 {
			alice.sends(1, "IN go POST needle")
			alice.sends(1, "IN go POST hay "+strings.Repeat("x", 800))
		}
		posts.Store(true)
		if took, _ := alice.sends(1, "IN go SEARCH needle limit:200"); took < 20*time.Millisecond || took > 160*time.Millisecond {
			t.Errorf("200 short posts are found and read in %v, where a turn takes 20 ms", took)
		}
		if took, _ := alice.sends(1, "IN go SEARCH hay limit:200"); took < 80*time.Millisecond || took > 300*time.Millisecond {
			t.Errorf("160 KiB are found and read in %v, where a turn takes 20 ms", took)
		}
	})
}

// defectiveReads is a store whose reads panic.
type defectiveReads struct{ history.Store }

func (defectiveReads) Page(context.Context, string, uint64, uint64, int) (history.Page, error) {
	panic("a defect")
}

func (defectiveReads) Search(context.Context, string, history.Query) (history.Hits, error) {
	panic("a defect")
}

// A defect in a read ends its turn.
func TestATurnThatPanics(t *testing.T) {
	bubble(t, func() defectiveReads { return defectiveReads{memory()} }, func(t *testing.T, srv *Server, _ defectiveReads) {
		withLimits(srv, origin.Limits{})
		srv.reads, srv.searches = origin.NewTurns(1, srv.hub), origin.NewTurns(1, srv.hub)
		connectFrom(t, srv, "192.0.2.1:1").do("CREATE go", "OK")
		connectFrom(t, srv, "192.0.2.1:2").sends(1, "IN go POST hi")
		for i := range 3 {
			connectFrom(t, srv, fmt.Sprint("192.0.2.1:", 2*i)).do("IN go HISTORY", "BYE internal")
			connectFrom(t, srv, fmt.Sprint("192.0.2.1:", 2*i+1)).do("IN go SEARCH hi", "BYE internal")
		}
	})
}

// waitingPosts are posts, or none, that nobody takes up.
type waitingPosts struct{ atomic.Bool }

func (w *waitingPosts) PostsWait() bool { return w.Load() }
