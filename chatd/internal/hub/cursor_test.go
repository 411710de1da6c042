package hub

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
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
	bob.Rename(nil, "bert")
	wantRun(t, read(t, alice, ReadOptions{Session: 1}), 1, 3)

	fill(t, r, 200, 1000)
	if r.log.at(alice.pos) != nil {
		t.Fatal("the log reaches back to the member")
	}
	bob.Rename(nil, "bill")
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
			v := ReadOptions{Session: 1, Form: proto.Form(random.IntN(proto.Forms))}
			var lines []byte
			for range 100 {
				switch random.IntN(4) {
				case 0:
					fill(t, r, 1+random.IntN(30), random.IntN(2000))
				case 1:
					bob.Rename(nil, fmt.Sprint("bob", random.Uint32()))
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

func TestReadOptionsLeaveLinesOut(t *testing.T) {
	h, _ := newHub(t, Config{Presence: 50, LogBytes: ample}, ample)
	r := open(t, h, "go")
	var members []*Member
	for range 4 {
		members = append(members, join(t, r, 1, "alice", 0))
	}
	bob := join(t, r, 2, "bob", 0)
	say(t, r, "one").want(t, 1, nil)
	compose("alice", "", "two").to(t, r).want(t, 2, nil)
	if err := r.SetTopic(t.Context(), 2, Topic{"generics", "bob"}); err != nil {
		t.Fatal(err)
	}
	members[0].Rename(nil, "alison")
	bob.Rename(nil, "bert")
	bob.Leave(nil, "lost")
	compose("alice", "", "three").to(t, r).want(t, 3, nil)
	for i, test := range []struct {
		view ReadOptions
		want string
	}{
		{ReadOptions{}, `JOINED go bob
MSG go 1 bob one
MSG go 2 alice two
TOPIC go bob generics
RENAMED go bob bert
LEFT go bert lost
MSG go 3 alice three
`},
		{ReadOptions{NoEcho: true}, `JOINED go bob
MSG go 1 bob one
TOPIC go bob generics
RENAMED go bob bert
LEFT go bert lost
`},
		{ReadOptions{NoPresence: true}, `MSG go 1 bob one
MSG go 2 alice two
TOPIC go bob generics
MSG go 3 alice three
`},
		{ReadOptions{NoEcho: true, NoPresence: true}, `MSG go 1 bob one
TOPIC go bob generics
`},
	} {
		test.view.Session = 1
		wantLines(t, read(t, members[i], test.view), test.want)
	}
}

func TestOwnPostsAreLeftOutOfLogAndStore(t *testing.T) {
	for name, logBytes := range map[string]int64{"log": ample, "store": tiny} {
		t.Run(name, func(t *testing.T) {
			h, _ := newHub(t, Config{LogBytes: logBytes}, ample)
			r := open(t, h, "go")
			alice, carol := join(t, r, 1, "alice", 0), join(t, r, 3, "carol", 0)
			const posts = 40
			text := strings.Repeat("x", 1000)
			var others []uint64
			for seq := range uint64(posts) {
				nick := "alice"
				if seq%3 == 0 {
					nick = "bob"
					others = append(others, seq+1)
				}
				compose(nick, "", text).to(t, r).want(t, seq+1, nil)
			}
			asked := 0
			v := ReadOptions{Session: 1, NoEcho: true, Own: func(room *Room, p *history.Post) bool {
				if asked++; room != r || p.Seq != uint64(asked) {
					t.Errorf("asked %d. for post %d of %v", asked, p.Seq, room.Name())
				}
				return p.Nick == "alice"
			}}
			if got := numbers(t, read(t, alice, v)); !slices.Equal(got, others) {
				t.Errorf("got  %v\nwant %v", got, others)
			}
			if (asked > 0) != (logBytes == tiny) {
				t.Errorf("asked for %d posts of the store", asked)
			}
			v.NoEcho = false
			wantRun(t, read(t, carol, v), 1, posts)
		})
	}
}

func TestOwnPostsAreLeftOutOfABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		store.hold()
		say(t, r, "one")
		synctest.Wait() // so that the others leave together
		for _, nick := range []string{"alice", "bob", "alice"} {
			compose(nick, "", "hello").to(t, r)
		}
		(<-store.held).succeed()
		(<-store.held).succeed()
		synctest.Wait()
		wantLines(t, read(t, alice, ReadOptions{Session: 1, NoEcho: true}), "MSG go 1 bob one\nMSG go 3 bob hello\n")
	})
}

func TestPostReadsTheSameFromLogAndStore(t *testing.T) {
	const when = `"time":"2000-01-01T00:00:00.000Z"`
	for form, want := range [proto.Forms]string{
		proto.Text:     "MSG go 1 bob two\nMORE go 1 bob lines\nME go 2 bob waves\n",
		proto.TextCRLF: "MSG go 1 bob two\r\nMORE go 1 bob lines\r\nME go 2 bob waves\r\n",
		proto.JSON: `{"type":"msg","room":"go","seq":1,` + when + `,"nick":"bob","text":"two\nlines"}` + "\n" +
			`{"type":"me","room":"go","seq":2,` + when + `,"nick":"bob","text":"waves"}` + "\n",
		proto.JSONCRLF: `{"type":"msg","room":"go","seq":1,` + when + `,"nick":"bob","text":"two\nlines"}` + "\r\n" +
			`{"type":"me","room":"go","seq":2,` + when + `,"nick":"bob","text":"waves"}` + "\r\n",
	} {
		bubble(t, fmt.Sprint("form ", form), func(t *testing.T) {
			h, _ := newHub(t, Config{LogBytes: tiny}, ample)
			r := open(t, h, "go")
			fromLog, fromStore := join(t, r, 1, "alice", 0), join(t, r, 3, "carol", 0)
			say(t, r, "two\nlines").want(t, 1, nil)
			waves := compose("bob", "", "waves")
			waves.Kind = proto.ME
			waves.to(t, r).want(t, 2, nil)
			v := ReadOptions{Form: proto.Form(form)}
			wantLines(t, read(t, fromLog, v), want)
			fill(t, r, 1, minLog)
			if lines := read(t, fromStore, v); !strings.HasPrefix(lines, want) {
				t.Errorf("from the store %.300q", lines)
			}
		})
	}
}

func TestMembersShareTheBytesOfAForm(t *testing.T) {
	h, _ := newHub(t, Config{LogBytes: ample}, ample)
	r := open(t, h, "go")
	const each = 8
	var members []*Member
	for range proto.Forms * each {
		members = append(members, join(t, r, 1, "alice", 0))
	}
	say(t, r, "shared").want(t, 1, nil)

	read := make([][]byte, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			shared, buf, more, err := m.Next(context.Background(), m.Head(), &ReadOptions{Form: proto.Form(i % proto.Forms)}, nil)
			if len(buf) > 0 || more || err != nil {
				t.Errorf("Next: %q, %v, %v", buf, more, err)
			}
			read[i] = shared
		})
	}
	wg.Wait()
	for i := range members {
		for j := range i {
			if same := &read[i][0] == &read[j][0]; same != (i%proto.Forms == j%proto.Forms) {
				t.Errorf("members %d and %d of %d forms share: %v", i, j, proto.Forms, same)
			}
		}
	}
}

func TestReadingTheLogAllocatesNothing(t *testing.T) {
	h, _ := newHub(t, Config{LogBytes: ample}, ample)
	r := open(t, h, "go")
	alice := join(t, r, 1, "alice", 0)
	fill(t, r, 10, 100)
	read(t, alice, ReadOptions{})
	start := alice.Cursor
	allocs := testing.AllocsPerRun(100, func() {
		alice.Cursor = Cursor{room: start.room, pos: 1}
		for more := true; more; {
			_, _, more, _ = alice.Next(context.Background(), Position{start.pos, start.lastSeq}, &ReadOptions{}, nil)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
