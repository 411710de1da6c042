package hub

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

func TestCursorCatchesUpFromTheStore(t *testing.T) {
	h, _ := newHub(t, Config{Presence: 50, LogBytes: tiny}, ample)
	r := open(t, h, "go")
	alice := join(t, r, 1, "alice", 0)
	bob := join(t, r, 2, "bob", 0)
	fill(t, r, 3, 10)
	bob.Rename(nil, Nick{Shown: "bert"})
	wantRun(t, read(t, alice, ReadOptions{Session: 1}), 1, 3)

	fill(t, r, 200, 1000)
	if r.log.at(alice.pos) != nil {
		t.Fatal("the log reaches back to the member")
	}
	bob.Rename(nil, Nick{Shown: "bill"})
	lines := read(t, alice, ReadOptions{Session: 1})
	wantRun(t, lines, 4, 203)
	if !strings.HasSuffix(lines, "\nRENAMED go bert bill\n") {
		t.Errorf("the last lines are %q", lines[len(lines)-50:])
	}
	fill(t, r, 2, 10)
	wantRun(t, read(t, alice, ReadOptions{}), 204, 205)
}

// Members of a busy room with a tiny log who read now and then, and never all.

func TestCursorReadsEachPostOnceAndInOrder(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			h, store := newHub(t, Config{Presence: 50, LogBytes: tiny}, ample)
			r := open(t, h, "go")
			store.boundPages(r.Head)
			alice, bob := join(t, r, 1, "alice", 0), join(t, r, 2, "bob", 0)
			form := []proto.Form{proto.Text, proto.TextCRLF, proto.JSON, proto.JSONCRLF}[random.IntN(4)]
			v := ReadOptions{Session: 1, Form: form}
			var lines []byte
			for range 100 {
				switch random.IntN(4) {
				case 0:
					fill(t, r, 1+random.IntN(30), random.IntN(2000))
				case 1:
					bob.Rename(nil, Nick{Shown: fmt.Sprint("bob", random.Uint32())})
				default:
					shared, buf, _, err := alice.Next(t.Context(), alice.Head(), &v, nil)
					if err != nil {
						t.Fatal(err)
					}
					lines = append(append(lines, shared...), buf...)
				}
			}
			wantRun(t, string(lines)+read(t, alice, v), 1, r.Head())
		})
	}
}

func TestNextEndsAtItsHead(t *testing.T) {
	for name, size := range map[string]int{"in the log": 1, "from the store": 1000} {
		t.Run(name, func(t *testing.T) {
			h, _ := newHub(t, Config{LogBytes: tiny}, ample)
			r := open(t, h, "go")
			alice := join(t, r, 1, "alice", 0)
			fill(t, r, 10, size)
			head := alice.Head()
			fill(t, r, 10, size)
			wantRun(t, readTo(t, alice, head, ReadOptions{}), 1, 10)
			wantRun(t, read(t, alice, ReadOptions{}), 11, 20)
		})
	}
}

func TestCursorPassesOverWhatItHasRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		store.hold()
		var last *sent
		for range 4 {
			last = say(t, r, "x")
			synctest.Wait() // so that the first leaves alone, the others together
		}
		(<-store.held).succeed()
		(<-store.held).succeed()
		last.want(t, 4, nil)
		alice.lastSeq = 3
		wantLines(t, read(t, alice, ReadOptions{}), "MSG go 4 bob x\n")
	})
}

func TestNextTakesPages(t *testing.T) {
	h, _ := newHub(t, Config{LogBytes: tiny}, ample)
	r := open(t, h, "go")
	alice := join(t, r, 1, "alice", 0)
	fill(t, r, 200, 1000)
	for more := true; more; {
		var shared, lines []byte
		var err error
		shared, lines, more, err = alice.Next(t.Context(), alice.Head(), &ReadOptions{}, nil)
		if n := len(shared) + len(lines); n > PageSize || err != nil {
			t.Errorf("%d bytes at a time, %v", n, err)
		}
	}
}

func TestCatchingUpGoesOnAfterAFailure(t *testing.T) {
	h, store := newHub(t, Config{LogBytes: tiny}, ample)
	r := open(t, h, "go")
	alice := join(t, r, 1, "alice", 0)
	fill(t, r, 20, 1000)
	store.intercept(fails("Page", history.ErrFailed))
	shared, lines, more, err := alice.Next(t.Context(), alice.Head(), &ReadOptions{}, nil)
	if len(shared)+len(lines) > 0 || !more || err != history.ErrFailed {
		t.Errorf("Next: %q, %q, %v, %v", shared, lines, more, err)
	}
	store.intercept(nil)
	wantRun(t, read(t, alice, ReadOptions{}), 1, 20)
}

// A reader looks for its place while the log is trimmed under it.

func TestCatchingUpNeverPassesThePublishedHead(t *testing.T) {
	h, store := newHub(t, Config{LogBytes: tiny}, ample)
	r := open(t, h, "go")
	store.boundPages(r.Head)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(done)
		for seq := range uint64(20_000) {
			post := history.Post{Seq: seq + 1}
			store.Memory.Append("go", []history.Post{post}, func(uint64, error) {})
			r.log.publish(&batch{entries: []entry{{post: post}}, size: minLog})
		}
	})
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				seen := r.Head()
				c := Cursor{room: r, pos: 1, lastSeq: seen - min(seen, 1)}
				if _, _, err := c.catchUp(t.Context(), r.log.head(), &ReadOptions{}, nil); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestGapNamesWhatRetentionHasDropped(t *testing.T) {
	for _, test := range []struct {
		name       string
		logBytes   int64
		read       int // before the member stops reading
		posts      int // meanwhile
		size       int
		from, to   uint64
		log, store uint64 // where they begin then
	}{
		{"from the beginning", tiny, 0, 100, 1024 - 35, 1, 84, 99, 85},
		{"after what was read", tiny, 5, 100, 1024 - 35, 6, 89, 104, 90},
		{"up to the log", tiny, 0, 10, 20 << 10, 1, 9, 10, 10},
		{"up to a log that keeps more than the store", 9 * 64 << 10, 0, 100, 1024 - 35, 1, 77, 78, 85},
		{"a single post", tiny, 9, 2, 20 << 10, 10, 10, 11, 11},
	} {
		t.Run(test.name, func(t *testing.T) {
			h, store := newHub(t, Config{LogBytes: test.logBytes}, tiny)
			r := open(t, h, "go")
			alice := join(t, r, 1, "alice", 0)
			fill(t, r, test.read, 1)
			wantRun(t, read(t, alice, ReadOptions{}), 1, uint64(test.read))
			fill(t, r, test.posts, test.size)
			row, err := store.Room(t.Context(), "go")
			if oldest := r.log.at(r.log.oldest.Load()).last; row.First != test.store || oldest != test.log || err != nil {
				t.Fatalf("the store begins at %d, the log at %d, %v", row.First, oldest, err)
			}
			gap, posts, _ := strings.Cut(read(t, alice, ReadOptions{}), "\n")
			wantLines(t, gap, fmt.Sprintf("GAP go %d %d retention", test.from, test.to))
			wantRun(t, posts, test.to+1, r.Head())
			if strings.Contains(posts, "GAP") {
				t.Error("there is a second gap")
			}
		})
	}
}
