package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// keep carries retention out, and waits until the index has forgotten what is
// gone.
func keep(t *testing.T, s *sqlite.Store) {
	t.Helper()
	if err := s.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Indexed(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// kept checks that a room has its posts from … on, of which there were head.
func kept(t *testing.T, s *sqlite.Store, fold string, from, head uint64) {
	t.Helper()
	r, p := load(t, s, fold), all(t, s, fold)
	if r.First != from || r.Head != head || p.First != from {
		t.Errorf("room %s has %d to %d, its page begins at %d; want %d to %d", fold, r.First, r.Head, p.First, from, head)
	}
	if len(p.Posts) != int(head+1-from) || len(p.Posts) > 0 && p.Posts[0].Seq != from {
		t.Errorf("room %s: got %s, want %d to %d", fold, show(p.Posts), from, head)
	}
	if p, err := s.Page(t.Context(), fold, 1, from-1, 999); len(p.Posts) != 0 || p.First != from || err != nil {
		t.Errorf("room %s, what is gone: %+v, %v", fold, p, err)
	}
	for _, word := range []string{"post", ""} {
		if got := find(t, s, fold, word); len(got) != int(head+1-from) || len(got) > 0 && got[0] != from {
			t.Errorf("room %s: %q is found in %d", fold, word, got)
		}
	}
	if seq, err := s.Since(t.Context(), fold, time.Unix(0, 0)); seq != from || err != nil {
		t.Errorf("room %s: since the beginning is %d, %v; want %d", fold, seq, err, from)
	}
}

func TestNewestAreKept(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{Retain: sqlite.Retain{Posts: 10}})
	create(t, s, "many", "few", "none", "slices")
	post(t, s, "many", 1, texts(25)...)
	post(t, s, "few", 1, texts(10)...)
	const n = sqlite.SliceRows + 17
	post(t, s, "slices", 1, texts(n)...)
	for range 2 {
		keep(t, s)
		kept(t, s, "many", 16, 25)
		kept(t, s, "few", 1, 10)
		kept(t, s, "none", 1, 0)
		kept(t, s, "slices", n-9, n)
	}
	post(t, s, "few", 11, "post")
	keep(t, s)
	kept(t, s, "few", 2, 11)
	if got := words(t, s); got != 30 {
		t.Errorf("%d posts are indexed, want 30", got)
	}
}

// words returns how many posts the index has.
func words(t *testing.T, s *sqlite.Store) (n int) {
	t.Helper()
	err := s.UseIndex(t.Context(), func(c *db.Conn) error { return c.One("SELECT count(*) FROM words").Scan(&n) })
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// aged posts to a room, each post so long ago.
func aged(t *testing.T, s *sqlite.Store, fold string, ages ...time.Duration) {
	t.Helper()
	now := time.Now().Round(0)
	head := load(t, s, fold).Head
	list := posts(head+1, texts(len(ages))...)
	for i, age := range ages {
		list[i].Time = now.Add(-age)
	}
	if got := <-start(s, fold, list); got != (outcome{first: head + 1}) {
		t.Fatal(got)
	}
}

func TestOldAreDropped(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{Retain: sqlite.Retain{Age: 2 * day}})
	create(t, s, "some", "all", "new", "none")
	aged(t, s, "some", 9*day, 3*day, 2*day+time.Minute, 2*day-time.Minute, day, 0)
	aged(t, s, "all", slices.Repeat([]time.Duration{9 * day}, 21)...)
	aged(t, s, "new", day, 0)
	last := load(t, s, "all").Last
	check := func() {
		t.Helper()
		keep(t, s)
		kept(t, s, "some", 4, 6)
		kept(t, s, "all", 22, 21)
		kept(t, s, "new", 1, 2)
		kept(t, s, "none", 1, 0)
		if got := load(t, s, "all").Last; !got.Equal(last) {
			t.Errorf("the time of the last post is %v, want %v", got, last)
		}
	}
	check()
	check()
	shut(t, s)
	s = open(t, dir, sqlite.Config{Retain: sqlite.Retain{Age: 2 * day}})
	check()
	aged(t, s, "all", 0)
	kept(t, s, "all", 22, 22)
}

// TestNumbersAndIDsAreNeverUsedAgain empties a store and goes on, at once and
// after opening it again.
func TestNumbersAndIDsAreNeverUsedAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := sqlite.Config{Retain: sqlite.Retain{Age: time.Hour}}
	s := open(t, dir, config)
	create(t, s, "go")
	var head uint64
	for _, reopen := range []bool{false, true, true, false} {
		aged(t, s, "go", slices.Repeat([]time.Duration{2 * time.Hour}, 7)...)
		head += 7
		keep(t, s)
		kept(t, s, "go", head+1, head)
		if reopen {
			shut(t, s)
			s = open(t, dir, config)
			kept(t, s, "go", head+1, head)
		}
	}
	aged(t, s, "go", 0)
	kept(t, s, "go", head+1, head+1)
	if got := number(t, rawConn(t, dir, sqlite.DBFile), "SELECT id FROM post"); got != int64(head+1) {
		t.Errorf("the post's id is %d, want %d", got, head+1)
	}
}

// TestDroppingIsOneStep looks at a room while its posts are being dropped.
func TestDroppingIsOneStep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := gated(t, dir)
	s := open(t, dir, sqlite.Config{})
	s.SetRetain(sqlite.Retain{Posts: 3})
	create(t, s, "go")
	post(t, s, "go", 1, texts(10)...)
	g.hold()
	end := make(chan error, 1)
	go func() { end <- s.Keep(t.Context()) }()
	<-g.arrived
	kept(t, s, "go", 1, 10)
	before := crash(t, dir, sqlite.DBFile, sqlite.DBFile+"-wal")
	g.release()
	if err := <-end; err != nil {
		t.Fatal(err)
	}
	kept(t, s, "go", 8, 10)
	if got := g.count(); got != 1 {
		t.Errorf("%d transactions, want 1", got)
	}
	kept(t, open(t, before, sqlite.Config{}), "go", 1, 10)
	kept(t, open(t, crash(t, dir, sqlite.DBFile, sqlite.DBFile+"-wal"), sqlite.Config{}), "go", 8, 10)
}

// TestPagesAreRightWhilePostsAreDropped reads from the first number on while
// retention raises it.
func TestPagesAreRightWhilePostsAreDropped(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), sqlite.Config{Retain: sqlite.Retain{Posts: 5}})
	create(t, s, "go")
	end := make(chan struct{})
	go func() {
		defer close(end)
		for seq := uint64(1); seq < 300; seq += 10 {
			if got := <-start(s, "go", posts(seq, texts(10)...)); got.err != nil {
				t.Error(got.err)
			}
			if err := s.Keep(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}()
	for done := false; !done; {
		select {
		case <-end:
			done = true
		default:
		}
		p := all(t, s, "go")
		for i, post := range p.Posts {
			if want := max(p.First, 1) + uint64(i); post.Seq != want {
				t.Fatalf("post %d of the page is number %d, want %d", i, post.Seq, want)
			}
		}
	}
	keep(t, s)
	kept(t, s, "go", 296, 300)
}

// used returns the bytes that are in use of the store's files.
func used(t *testing.T, s *sqlite.Store) int64 {
	t.Helper()
	n, err := s.Used(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestSizeIsBounded(t *testing.T) {
	t.Parallel()
	const size = 250 << 10
	s := open(t, t.TempDir(), sqlite.Config{Retain: sqlite.Retain{Size: size}})
	create(t, s, "early", "late")
	post(t, s, "early", 1, bulk(100)...)
	post(t, s, "late", 1, bulk(100)...)
	keep(t, s)
	kept(t, s, "early", 1, 100)
	for i := range uint64(4) {
		post(t, s, "late", 101+i*250, bulk(250)...)
		caughtUp(t, s)
		keep(t, s)
		if got := used(t, s); got > size {
			t.Errorf("%d bytes are in use, want at most %d", got, size)
		}
	}
	if r := load(t, s, "early"); r.First != 101 || r.Head != 100 {
		t.Errorf("of the older room %d to %d are kept, want nothing", r.First, r.Head)
	}
	if r := load(t, s, "late"); r.Head != 1100 || r.First == 1 || r.First > 1000 {
		t.Errorf("of the newer room %d to %d are kept", r.First, r.Head)
	}
}

// TestSizeCountsNothingThatIsOnItsWayOut drops posts that the index has no time
// to forget.
func TestSizeCountsNothingThatIsOnItsWayOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const n = 4 * sqlite.SliceRows
	s := open(t, dir, sqlite.Config{})
	create(t, s, "go")
	post(t, s, "go", 1, bulk(n)...)
	caughtUp(t, s)
	size := used(t, s) * 6 / 10
	shut(t, s)
	s = open(t, dir, sqlite.Config{})
	holdIndex(t, dir)
	s.SetRetain(sqlite.Retain{Size: size})
	if err := s.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := load(t, s, "go"); r.Head+1-r.First < n/2 || r.Head+1-r.First > n*7/10 {
		t.Errorf("%d posts of %d are kept in 60 %% of the space", r.Head+1-r.First, n)
	}
}

// bulk returns n texts of about 90 bytes.
func bulk(n int) []string {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	bulk := texts(n)
	for i := range bulk {
		bulk[i] += fmt.Sprintf(" %064x %x", rng.Uint64(), rng.Uint32())
	}
	return bulk
}

// TestDamagedRoomDoesNotStopRetention has a room whose row has changed.
func TestDamagedRoomDoesNotStopRetention(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		retain sqlite.Retain
		first  uint64 // that is kept of the other rooms
	}{{"posts", sqlite.Retain{Posts: 2}, 4}, {"age", sqlite.Retain{Age: time.Hour}, 6}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := open(t, dir, sqlite.Config{})
			for _, fold := range []string{"a", "b", "c"} {
				create(t, s, fold)
				aged(t, s, fold, slices.Repeat([]time.Duration{2 * time.Hour}, 5)...)
			}
			shut(t, s)
			change(t, dir, sqlite.DBFile, "UPDATE room SET topic = 'changed' WHERE fold = 'b'")
			s = open(t, dir, sqlite.Config{})
			s.SetRetain(test.retain)
			if err := s.Keep(t.Context()); err == nil {
				t.Error("nothing is said of the damaged room")
			}
			for _, fold := range []string{"a", "c"} {
				kept(t, s, fold, test.first, 5)
			}
			if got := number(t, rawConn(t, dir, sqlite.DBFile), "SELECT count(*) FROM post JOIN room ON room.id = post.room WHERE fold = 'b'"); got != 5 {
				t.Errorf("of the damaged room %d posts are kept, want all 5", got)
			}
		})
	}
}
