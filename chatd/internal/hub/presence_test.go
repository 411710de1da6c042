package hub

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/proto"
)

// calm is usual, with presence as chatd has it.
var calm = Config{MaxRooms: 10, Presence: 50, PresenceEvery: 5 * time.Second, LogBytes: ample}

// later lets fake time pass, and the room say what is due.
func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// repeatedly joins and leaves a room n times, and is in it at the end or not.
func repeatedly(t *testing.T, r *Room, nick string, n int, stays bool) (m *Member) {
	t.Helper()
	for i := range n {
		m = join(t, r, sessions[nick], nick, 0)
		if i < n-1 || !stays {
			m.Leave(nil, "leave")
		}
	}
	return m
}

func TestWhoComesAndGoesIsToldOfOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, calm, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		told := func(want string) {
			t.Helper()
			wantLines(t, read(t, alice, ReadOptions{Session: 1}), want)
		}
		repeatedly(t, r, "bob", 10, false)
		told("JOINED go bob\nLEFT go bob leave\n")
		later(calm.PresenceEvery)
		told("LEFT go bob leave\n")
		bob := repeatedly(t, r, "bob", 10, true)
		told("JOINED go bob\n")
		later(calm.PresenceEvery)
		told("JOINED go bob\n")
		bob.Leave(nil, "lost")
		told("LEFT go bob lost\n") // the last one is five seconds old
		later(calm.PresenceEvery)
		told("")
		if r.presences.byNick != nil || r.presences.sayings != nil {
			t.Errorf("the quiet room keeps %+v", r.presences)
		}
	})
}

// What was passed over comes before the nick changes.
func TestWhoComesAndGoesUnderTwoNicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, calm, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		repeatedly(t, r, "carol", 2, false)
		bob := repeatedly(t, r, "bob", 2, true)
		bob.Rename(nil, Nick{Shown: "carol"})
		later(2 * calm.PresenceEvery)
		wantLines(t, read(t, alice, ReadOptions{Session: 1}), "JOINED go carol\nLEFT go carol leave\nJOINED go bob\nLEFT go bob leave\n"+
			"JOINED go bob\nLEFT go carol leave\nRENAMED go bob carol\n")
	})
}

// Where nobody is told, nothing is to be made up for.
func TestPassedOverInARoomThatHasGrown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := calm
		config.Presence = 3
		h, _ := newHub(t, config, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		bob := repeatedly(t, r, "bob", 2, true) // of which the second JOINED is passed over
		dave, erin := join(t, r, 4, "dave", 0), join(t, r, 5, "erin", 0)
		bob.Leave(nil, "leave")
		erin.Leave(nil, "leave")
		dave.Leave(nil, "leave")
		later(2 * config.PresenceEvery)
		wantLines(t, read(t, alice, ReadOptions{Session: 1}), "JOINED go bob\nLEFT go bob leave\nJOINED go dave\nLEFT go erin leave\nLEFT go dave leave\n")
	})
}

// A crowd comes, goes and changes its nicks at random in room go.
type crowd struct {
	*testing.T
	room   *Room
	random *rand.Rand
	here   map[int]*Member // by session
	free   []string        // guests' nicks that nobody has
}

func newCrowd(t *testing.T, seed uint64) *crowd {
	h, _ := newHub(t, calm, ample)
	return &crowd{T: t, room: open(t, h, "go"), random: rand.New(rand.NewPCG(seed, 0)), here: map[int]*Member{}, free: []string{"bob", "carol", "dave", "erin"}}
}

// take returns a nick that nobody has.
func (c *crowd) take() Nick {
	i := c.random.IntN(len(c.free))
	nick := c.free[i]
	c.free = slices.Delete(c.free, i, i+1)
	return Nick{Shown: nick}
}

func (c *crowd) giveBack(n Nick) {
	if !n.Account {
		c.free = append(c.free, n.Shown)
	}
}

// step has one of the sessions come, go or change its nick. The sessions 1 to 3 are guests, 4
// and 5 are those of an account.
func (c *crowd) step() {
	session := 1 + c.random.IntN(5)
	m := c.here[session]
	switch {
	case m == nil:
		nick := Nick{Shown: "zoe", Account: true}
		if session <= 3 {
			nick = c.take()
		}
		m = NewMember(c.room, uint64(session), nick, noWake)
		if _, _, err := m.Join(nil); err != nil {
			c.Error(err)
		}
		c.here[session] = m
	case session <= 3 && c.random.IntN(3) == 0:
		old := m.nick
		m.Rename(nil, c.take())
		c.giveBack(old)
	default:
		m.Leave(nil, "leave")
		c.giveBack(m.nick)
		delete(c.here, session)
	}
}

// A follower knows who is in the room by a WHO and the lines after it.
type follower struct {
	*Member
	here map[string]bool
	said map[string]time.Time // when a JOINED, or a LEFT, of a nick came last
}

func (f *follower) who() {
	f.here = map[string]bool{}
	for _, nick := range f.room.Who() {
		f.here[nick.Shown] = true
	}
}

// follow reads the lines that have come, each of which must be true if no nick has changed
// meanwhile.
func (f *follower) follow(t *testing.T) (lines int) {
	t.Helper()
	text := read(t, f.Member, ReadOptions{Session: 99})
	for l := range strings.Lines(text) {
		line, err := proto.ParseLine(strings.TrimSpace(l))
		if err != nil {
			t.Fatal(err)
		}
		if lines++; line.Type == proto.RENAMED {
			delete(f.here, line.Old)
			f.here[line.Nick] = true
			continue
		}
		joined := line.Type == proto.JOINED
		if f.here[line.Nick] = joined; !joined {
			delete(f.here, line.Nick)
		}
		if !strings.Contains(text, "RENAMED") && f.room.Has(line.Nick) != joined {
			t.Errorf("%s is said when it is not so", l)
		}
		f.time(t, &line)
	}
	return lines
}

// maxStep is how long it is from one step of a crowd to the next: when a line was said is known
// as exactly as that.
const maxStep = 300 * time.Millisecond

// time checks that the account's JOINED and LEFT, which come before no RENAMED, are rare.
func (f *follower) time(t *testing.T, line *proto.Line) {
	t.Helper()
	what := string(line.Type) + line.Nick
	if before, ok := f.said[what]; ok && line.Nick == "zoe" && time.Since(before) < calm.PresenceEvery-maxStep {
		t.Errorf("%s %s is said again after %v", line.Type, line.Nick, time.Since(before))
	}
	f.said[what] = time.Now()
}

// Who has read WHO at any time and follows the lines since then knows who is there, five
// seconds late at most.
func TestPresenceEndsInTheTruth(t *testing.T) {
	for seed := range uint64(300) {
		synctest.Test(t, func(t *testing.T) {
			c := newCrowd(t, seed)
			alice := &follower{Member: join(t, c.room, 99, "alice", 0), said: map[string]time.Time{}}
			alice.who()
			asked := c.random.IntN(60)
			for i := range 60 {
				if i == asked {
					alice.who()
				}
				c.step()
				later(time.Duration(c.random.Int64N(int64(maxStep))))
				alice.follow(t)
			}
			later(calm.PresenceEvery)
			alice.follow(t)
			late := alice.here
			if alice.who(); !maps.Equal(late, alice.here) {
				t.Errorf("alice knows %v, and there are %v", late, alice.here)
			}
			later(2 * calm.PresenceEvery)
			if lines := alice.follow(t); lines > 0 || c.room.presences.byNick != nil {
				t.Errorf("the room is quiet, and has %d lines to say", lines)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
