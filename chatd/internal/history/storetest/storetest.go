// Package storetest holds the tests that every history.Store must pass.
package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A test is something that a store is to do.
type test struct {
	name string
	run  func(*testing.T, history.Store)
}

// Run tests the stores that open returns: a new and empty one for each test,
// which closes it. A store is taken to keep at least the newest 8 KiB of a room.
func Run(t *testing.T, open func(t *testing.T) history.Store) {
	runAll(t, open, []test{
		{"a room is kept as it was made", keepsRoom},
		{"a name in use is refused", refusesNameInUse},
		{"of many who create a room one succeeds", createsOnce},
		{"a missing room is no room", knowsNoRoom},
		{"rooms are listed by fold", listsRooms},
		{"a topic is set and taken away", setsTopic},
		{"rooms are counted by their owners", countsRooms},
		{"guests' rooms that were never posted to are found and dropped", dropsUnused},
		{"a post is kept as it was given", keepsPosts},
		{"posts are the caller's again when answered", copiesPosts},
		{"a room counts what was posted", countsPosts},
		{"numbers are dense in each of many rooms", numbersDensely},
		{"a page keeps within its bounds", boundsPages},
		{"pages add up", pagesAddUp},
		{"since finds the first post not older", findsSince},
		{"what is kept is the newest run", keepsNewestRun},
		{"many read and write at once", servesAllAtOnce},
		{"posts with a key are told since then", tellsKeyed},
		{"no more keys are told than asked for", boundsKeyed},
		{"a search finds what was just posted", findsAtOnce},
		{"a dropped room is no room", dropsRoom},
		{"the keys of a dropped room are not told", dropsKeys},
	})
	RunSearch(t, open)
}

// RunSearch runs those tests of Run that search, for a store that searches in
// more than one way.
func RunSearch(t *testing.T, open func(t *testing.T) history.Store) {
	runAll(t, open, []test{
		{"a search finds words and phrases", findsWords},
		{"a search takes no word for a command", takesWordsAsTheyAre},
		{"a search keeps within its bounds", boundsSearch},
		{"a search stays in its room", searchesOneRoom},
		{"a new room has nothing of a dropped one", dropsForGood},
	})
}

func runAll(t *testing.T, open func(t *testing.T) history.Store, tests []test) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			test.run(t, s)
		})
	}
}

// noon is the time of a room's first post; the others follow a second apart.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func at(seq uint64) time.Time { return noon.Add(time.Duration(seq-1) * time.Second) }

func room(t *testing.T, shown string) history.Room {
	t.Helper()
	name, err := proto.ParseRoom(shown)
	if err != nil {
		t.Fatal(err)
	}
	return history.Room{Name: name, Topic: "about " + shown, TopicBy: "alice", Maker: "alice", Made: noon}
}

func create(t *testing.T, s history.Store, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := s.Create(t.Context(), room(t, name)); err != nil {
			t.Fatalf("Create %s: %v", name, err)
		}
	}
}

// load returns what is stored of a room, with its times as they compare.
func load(t *testing.T, s history.Store, fold string) history.Room {
	t.Helper()
	r, err := s.Room(t.Context(), fold)
	if err != nil {
		t.Fatalf("Room %s: %v", fold, err)
	}
	r.Made, r.Last = r.Made.UTC(), r.Last.UTC()
	return r
}

func page(t *testing.T, s history.Store, fold string, from, to uint64, limit int) history.Page {
	t.Helper()
	p, err := s.Page(t.Context(), fold, from, to, limit)
	if err != nil {
		t.Fatalf("Page %s %d to %d: %v", fold, from, to, err)
	}
	return p
}

type outcome struct {
	first uint64
	err   error
}

// tryAppend appends posts and waits for the answer, which comes once.
func tryAppend(s history.Store, fold string, posts []history.Post) outcome {
	answer := make(chan outcome, 1)
	var answers atomic.Int32
	s.Append(fold, posts, func(first uint64, err error) {
		if answers.Add(1) > 1 {
			panic("storetest: an Append is answered twice")
		}
		answer <- outcome{first, err}
	})
	return <-answer
}

// post appends one batch of posts, the first of which is to get number first.
func post(t *testing.T, s history.Store, fold string, first uint64, texts ...string) {
	t.Helper()
	posts := make([]history.Post, len(texts))
	for i, text := range texts {
		posts[i] = history.Post{Time: at(first + uint64(i)), Kind: proto.MSG, Nick: "alice", Text: text}
	}
	if got := tryAppend(s, fold, posts); got != (outcome{first: first}) {
		t.Fatalf("Append to %s: first %d, %v; want %d", fold, got.first, got.err, first)
	}
}

// lines returns n posts.
func lines(n int) []history.Post {
	posts := make([]history.Post, n)
	for i := range posts {
		posts[i] = history.Post{Time: noon, Kind: proto.MSG, Nick: "alice", Text: "x"}
	}
	return posts
}

func numbers(posts []history.Post) []uint64 {
	var seqs []uint64
	for _, p := range posts {
		seqs = append(seqs, p.Seq)
	}
	return seqs
}

// isRun reports whether posts are numbered from first on, without a hole.
func isRun(posts []history.Post, first uint64) bool {
	for i, p := range posts {
		if p.Seq != first+uint64(i) {
			return false
		}
	}
	return true
}
