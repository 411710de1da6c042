package sqlite_test

import (
	"errors"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

// unknown reports whether an error says that posts are perhaps stored.
func unknown(err error) bool {
	return errors.Is(err, history.ErrUnknown) && !errors.Is(err, history.ErrFailed)
}

// failed reports whether it says that they certainly are not.
func failed(err error) bool {
	return errors.Is(err, history.ErrFailed) && !errors.Is(err, history.ErrUnknown)
}

// untilPosted appends posts until the store takes them, as number first.
func untilPosted(t *testing.T, s history.Store, fold string, first uint64, texts ...string) {
	t.Helper()
	for {
		got := <-start(s, fold, posts(first, texts...))
		if got == (outcome{first: first}) {
			return
		}
		if !failed(got.err) {
			t.Fatalf("Append to %s: %v, want ErrFailed until it is %d", fold, got, first)
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal("it is never taken")
		}
	}
}

// A tally is a Meter that counts the posts that were committed, and the commits that failed.
type tally struct{ posts, failed atomic.Int64 }

func (c *tally) CommitDone(posts int, _ time.Duration, err error) {
	if err != nil {
		c.failed.Add(1)
		return
	}
	c.posts.Add(int64(posts))
}

func TestFailedCommitIsUncertainUntilTheStoreIsReopened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g, book, counted := gated(t, dir), &logbook{}, &tally{}
	s := open(t, dir, sqlite.Config{Log: book.log(), Meter: counted})
	create(t, s, "go", "golf", "quiet")
	want := post(t, s, "go", 1, "one", "two words", "three")
	post(t, s, "golf", 1, "ball")

	g.fail(true)
	if got := <-start(s, "go", posts(4, "in doubt")); !unknown(got.err) {
		t.Fatalf("the failed commit: %v, want ErrUnknown", got.err)
	}
	if err := s.Ready(); !errors.Is(err, history.ErrFailed) {
		t.Errorf("it is ready: %v", err)
	}
	if posts, failed := counted.posts.Load(), counted.failed.Load(); posts != 4 || failed != 1 {
		t.Errorf("%d posts and %d failures were counted, want 4 and 1", posts, failed)
	}
	refusesWhileUnhealthy(t, s)
	readsWhileUnhealthy(t, s, want)
	if got := book.count("cannot be written"); got != 1 {
		t.Errorf("logged %d times that the store cannot be written: %s", got, book.lines)
	}

	g.fail(false)
	untilPosted(t, s, "go", 4, "after all")
	untilPosted(t, s, "golf", 2, "and here")
	if err := s.Ready(); err != nil {
		t.Errorf("then it is not ready: %v", err)
	}
	has(t, s, "go", append(want, posts(4, "after all")...))
	if failures, ends := book.count("cannot be written"), book.count("can be written again"); failures != 1 || ends != 1 {
		t.Errorf("logged %d failures and %d ends: %s", failures, ends, book.lines)
	}
	for pragma, want := range map[string]int64{"synchronous": 2, "wal_autocheckpoint": 0} {
		if got, err := s.Pragma(pragma); got != want || err != nil {
			t.Errorf("then %s is %v, %v; want %v", pragma, got, err, want)
		}
	}
}

// refusesWhileUnhealthy checks that nothing is taken.
func refusesWhileUnhealthy(t *testing.T, s history.Store) {
	t.Helper()
	for _, fold := range []string{"go", "golf", "quiet"} {
		for range 3 {
			if got := <-start(s, fold, posts(1, "more")); !failed(got.err) {
				t.Errorf("Append to %s meanwhile: %v, want ErrFailed", fold, got.err)
			}
		}
	}
	name, err := proto.ParseRoom("new")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), history.Room{Name: name}); !failed(err) {
		t.Errorf("Create meanwhile: %v, want ErrFailed", err)
	}
	if err := s.SetTopic(t.Context(), "go", "new", "bob"); !failed(err) {
		t.Errorf("SetTopic meanwhile: %v, want ErrFailed", err)
	}
}

// readsWhileUnhealthy checks that what is confirmed of room go is read, and no more.
func readsWhileUnhealthy(t *testing.T, s history.Store, want []history.Post) {
	t.Helper()
	head := uint64(len(want))
	p, err := s.Page(t.Context(), "go", 1, head, 1<<20)
	if err != nil || len(p.Posts) != len(want) || p.First != 1 {
		t.Errorf("the page that is confirmed: %+v, %v", p, err)
	}
	for _, from := range []uint64{1, head, head + 1, head + 9} {
		if p, err := s.Page(t.Context(), "go", from, head+9, 1<<20); !failed(err) || len(p.Posts) > 0 {
			t.Errorf("the page from %d beyond it: %+v, %v; want ErrFailed", from, p, err)
		}
	}
	if p, err := s.Page(t.Context(), "quiet", 1, 99, 999); err != nil {
		t.Errorf("a page of a room that nobody posted to: %+v, %v", p, err)
	}
	if rooms, all, err := s.Rooms(t.Context(), "", "", 9); all != 3 || len(rooms) != 3 || err != nil {
		t.Errorf("Rooms: %d of %d, %v", len(rooms), all, err)
	}
	if seq, err := s.Since(t.Context(), "go", at(2)); seq != 2 || err != nil {
		t.Errorf("Since: %d, %v", seq, err)
	}
	if got := find(t, s, "go", "words"); len(got) != 1 {
		t.Errorf("Search found %d", got)
	}
	if r := load(t, s, "go"); r.First != 1 || r.Topic != "about go" {
		t.Errorf("Room: %+v", r)
	}
}

// TestStoredInDoubtIsPublishedLater has a COMMIT succeed that says that it
// failed.
func TestStoredInDoubtIsPublishedLater(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := gated(t, dir)
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go", "golf", "quiet")
	want := post(t, s, "go", 1, "one", "two words", "three")
	post(t, s, "golf", 1, "ball")
	g.tear()
	answer := make(chan error, 1)
	s.Append("go", posts(4, "stored", "after all"), func(_ uint64, err error) {
		g.fail(true) // before it is mended
		answer <- err
	})
	if err := <-answer; !unknown(err) {
		t.Fatalf("the torn commit: %v, want ErrUnknown", err)
	}
	if got := number(t, rawConn(t, dir, sqlite.DBFile), "SELECT count(*) FROM post WHERE seq > 3"); got != 2 {
		t.Fatalf("%d posts are stored in doubt, want 2", got)
	}
	readsWhileUnhealthy(t, s, want)
	g.fail(false)
	want = append(want, posts(4, "stored", "after all")...)
	for {
		p, err := s.Page(t.Context(), "go", 4, 99, 1<<20)
		if err == nil && len(p.Posts) == 2 {
			break
		}
		if !failed(err) {
			t.Fatalf("the page until it is mended: %+v, %v; want ErrFailed", p, err)
		}
		<-time.After(5 * time.Millisecond)
	}
	has(t, s, "go", want)
	post(t, s, "go", 6, "and on")
}

// TestReopensThoughItIsAskedAllTheTime appends again as soon as it is refused.
func TestReopensThoughItIsAskedAllTheTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := gated(t, dir)
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	g.fail(true)
	end := make(chan uint64)
	var again func(first uint64, err error)
	again = func(first uint64, err error) {
		if err == nil {
			end <- first
			return
		}
		g.fail(false)
		s.Append("go", posts(1, "now?"), again)
	}
	s.Append("go", posts(1, "now?"), again)
	if first := <-end; first != 1 {
		t.Errorf("first %d, want 1", first)
	}
}

// TestNothingIsInUseThatIsNotStored refuses a room's name for one that was made
// in a transaction that then failed.
func TestNothingIsInUseThatIsNotStored(t *testing.T) {
	t.Parallel()
	s, g, first := held(t, 1)
	name, err := proto.ParseRoom("new")
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan error, 4)
	for range cap(answers) {
		go func() { answers <- s.Create(t.Context(), history.Room{Name: name}) }()
	}
	g.fail(true)
	g.release()
	<-first
	for range cap(answers) {
		if err := <-answers; !failed(err) && !unknown(err) {
			t.Errorf("Create: %v, want ErrUnknown or ErrFailed", err)
		}
	}
}

func TestFullFileTakesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	want := post(t, s, "go", 1, "one")
	if _, err := s.Pragma("max_page_count=50"); err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 100<<10)
	if got := <-start(s, "go", posts(2, "small", big, big, big)); !errors.Is(got.err, history.ErrFull) || !failed(got.err) {
		t.Fatalf("without space: %v, want ErrFull", got.err)
	}
	if p, err := s.Page(t.Context(), "go", 1, 1, 999); err != nil || len(p.Posts) != 1 {
		t.Errorf("meanwhile: %+v, %v", p, err)
	}
	untilPosted(t, s, "go", 2, "small", big)
	has(t, s, "go", append(want, posts(2, "small", big)...))
}

func TestSpaceIsLeftFree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	want := post(t, s, "go", 1, "one")
	shut(t, s)
	var book logbook
	s = open(t, dir, sqlite.Config{MinFree: math.MaxInt64, Log: book.log()})
	for range 5 {
		if got := <-start(s, "go", posts(2, "two")); !errors.Is(got.err, history.ErrFull) || !failed(got.err) {
			t.Errorf("Append: %v, want ErrFull", got.err)
		}
		if err := s.SetTopic(t.Context(), "go", "new", "bob"); !errors.Is(err, history.ErrFull) {
			t.Errorf("SetTopic: %v, want ErrFull", err)
		}
	}
	has(t, s, "go", want)
	if got := find(t, s, "go", "one"); len(got) != 1 {
		t.Errorf("found %d", got)
	}
	if err := s.Ready(); !errors.Is(err, history.ErrFull) {
		t.Errorf("it is ready: %v", err)
	}
	if f := s.Figures(); f.Free <= 0 || f.MinFree != math.MaxInt64 {
		t.Errorf("%d bytes are free, and %d are to stay so", f.Free, f.MinFree)
	}
	if got := book.count("nearly full"); got != 1 {
		t.Errorf("logged %d times that the disk is nearly full: %s", got, book.lines)
	}
	shut(t, s)
	post(t, open(t, dir, sqlite.Config{MinFree: 1}), "go", 2, "two")
}

func TestAnotherProgramIsWaitedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	reading, writing := rawConn(t, dir, sqlite.DBFile), rawConn(t, dir, sqlite.DBFile)
	execute(t, reading, "BEGIN")
	if got := number(t, reading, "SELECT count(*) FROM post"); got != 0 {
		t.Fatalf("%d posts", got)
	}
	execute(t, writing, "BEGIN IMMEDIATE")
	answer := start(s, "go", posts(1, "waits"))
	select {
	case got := <-answer:
		t.Fatalf("answered %v while another program writes", got)
	case <-time.After(20 * time.Millisecond):
	}
	execute(t, writing, "COMMIT")
	if got := <-answer; got != (outcome{first: 1}) {
		t.Errorf("then: %v", got)
	}
	if got := number(t, reading, "SELECT count(*) FROM post"); got != 0 {
		t.Errorf("what another program reads has changed under it")
	}
	post(t, s, "go", 2, "beside a reader")
}
