package hub

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

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
	members[0].Rename(nil, Nick{Shown: "alison"})
	bob.Rename(nil, Nick{Shown: "bert"})
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

// conversation is two posts of a bubble's first day for people, with lines that end so.
func conversation(tag, end string) string {
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Local()
	begin := midnight.Format("15:04 ") + tag
	return midnight.Format("-- Monday, 2 January 2006") + end + begin + "<bob> two" + end + begin + "| lines" + end + begin + "* bob waves" + end
}

// What is not of the current room is tagged, and the session's own posts are left out.
func TestConversation(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		h, _ := newHub(t, Config{LogBytes: ample}, ample)
		r := open(t, h, "go")
		m := join(t, r, 1, "alice", 0)
		join(t, r, 2, "bob", 0)
		say(t, r, "hi").want(t, 1, nil)
		lines := read(t, m, ReadOptions{Form: proto.People, Session: 1, NoPresence: true})
		if !strings.Contains(lines, " [go] <bob> hi\n") {
			t.Errorf("%q", lines)
		}
		compose("alice", "", "mine").to(t, r).want(t, 2, nil)
		if lines := read(t, m, ReadOptions{Form: proto.People, Session: 1}); strings.Contains(lines, "mine") {
			t.Errorf("one's own: %q", lines)
		}
	})
}

// A day that begins with a post of the session's own begins for it as for others, unless
// the post is the room's first: no day has ended.
func TestConversationDay(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		h, _ := newHub(t, Config{LogBytes: ample}, ample)
		r := open(t, h, "go")
		m := join(t, r, 1, "alice", 0)
		compose("alice", "", "anybody here?").to(t, r).want(t, 1, nil)
		if lines := read(t, m, ReadOptions{Form: proto.People, Session: 1, Current: r}); lines != "" {
			t.Errorf("after the room's first post, by oneself: %q", lines)
		}
	})
	bubble(t, "", func(t *testing.T) {
		h, _ := newHub(t, Config{LogBytes: ample}, ample)
		r := open(t, h, "go")
		m := join(t, r, 1, "alice", 0)
		say(t, r, "hi").want(t, 1, nil)
		time.Sleep(24 * time.Hour)
		compose("alice", "", "good morning").to(t, r).want(t, 2, nil)
		say(t, r, "good morning, alice").want(t, 3, nil)
		midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Local()
		wantLines(t, read(t, m, ReadOptions{Form: proto.People, Session: 1, Current: r}),
			midnight.Format("-- Monday, 2 January 2006\n15:04 <bob> hi\n")+
				midnight.AddDate(0, 0, 1).Format("-- Monday, 2 January 2006\n15:04 <bob> good morning, alice\n"))
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
		proto.People:           conversation("", "\n"),
		proto.PeopleCRLF:       conversation("", "\r\n"),
		proto.PeopleTagged:     conversation("[go] ", "\n"),
		proto.PeopleTaggedCRLF: conversation("[go] ", "\r\n"),
	} {
		bubble(t, fmt.Sprint("form ", form), func(t *testing.T) {
			h, _ := newHub(t, Config{LogBytes: tiny}, ample)
			r := open(t, h, "go")
			fromLog, fromStore := join(t, r, 1, "alice", 0), join(t, r, 3, "carol", 0)
			say(t, r, "two\nlines").want(t, 1, nil)
			waves := compose("bob", "", "waves")
			waves.Kind = proto.ME
			waves.to(t, r).want(t, 2, nil)
			v := ReadOptions{Form: proto.Form(form), Own: func(*Room, *history.Post) bool { return false }, Current: r}
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
			shared, buf, more, err := m.Next(context.Background(), m.Head(), &ReadOptions{Form: proto.Form(i % proto.Forms), Current: r}, nil)
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

// A batch of posts is shared with whoever has made none of them.
func TestBatchesOfOthersAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice, carol := join(t, r, 1, "alice", 0), join(t, r, 3, "carol", 0)
		store.hold()
		say(t, r, "one")
		synctest.Wait() // so that the others leave together
		compose("alice", "", "two").to(t, r)
		say(t, r, "three")
		(<-store.held).succeed()
		(<-store.held).succeed()
		synctest.Wait()
		for m, want := range map[*Member]bool{alice: false, carol: true} {
			o := ReadOptions{Session: m.session, Form: proto.People, NoPresence: true}
			var lines []byte
			shared := 0
			for more := true; more; {
				var bytes []byte
				bytes, lines, more, _ = m.Next(t.Context(), m.Head(), &o, nil)
				if len(bytes) > 0 {
					shared++
				}
			}
			if shared == 2 != want || (len(lines) == 0) != want {
				t.Errorf("member %d: shared %d batches, copied %q", m.session, shared, lines)
			}
		}
	})
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
