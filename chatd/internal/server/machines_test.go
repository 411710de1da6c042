package server

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/logtest"
	"linechat/chatd/internal/hub"
)

// A testMachine is one server of a chat on several.
type testMachine struct {
	*Server
	log *logtest.Member
}

// machines has f use two machines of one chat.
func machines(t *testing.T, f func(t *testing.T, a, b *testMachine)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var chat logtest.Chat
		a, b := newTestMachine(t, &chat), newTestMachine(t, &chat)
		defer a.stop(t)
		defer b.stop(t)
		f(t, a, b)
	})
}

func newTestMachine(t *testing.T, chat *logtest.Chat) *testMachine {
	t.Helper()
	m := chat.Join()
	return newTestMachineOn(t, m, m)
}

// newTestMachineOn returns a machine that asks log for what the member of a chat is asked.
func newTestMachineOn(t *testing.T, m *logtest.Member, log backplane.Log) *testMachine {
	t.Helper()
	h, err := hub.New(context.Background(), m.Rooms, log, hub.Config{MaxRooms: 100, MaxMembers: 50, Presence: 50, LogBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	srv, err := New(context.Background(), h, Config{
		Log: slog.New(slog.DiscardHandler), MaxLine: 1024, MaxConnections: 100, MaxRooms: 100, MaxMembers: 50,
		Accounts: account.New(backplane.Accounts(m.Accounts, m)), Guests: true, Register: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Start(srv); err != nil {
		t.Fatal(err)
	}
	return &testMachine{srv, m}
}

func (m *testMachine) stop(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
	defer cancel()
	if err := m.Shutdown(ctx); err != nil {
		t.Errorf("shutting down: %v", err)
	}
	m.hub.Close()
	if err := m.log.Close(); err != nil {
		t.Error(err)
	}
}

// settle waits until all machines have done what they are told.
func settle() { synctest.Wait() }

// enter takes a nick and joins room go, with presence.
func (p *peer) enter(nick string) {
	p.t.Helper()
	p.do("NICK "+nick, "OK NICK "+nick)
	p.do("CREATE go", "") // the first one makes it
	p.do("JOIN go", "OK JOIN go")
	settle()
}

func TestMachinesAreOneChat(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		bob.enter("bob")
		alice.want("JOINED go bob")
		bob.ask("POST hello", "OK POST go 1")
		alice.want("MSG go 1 ")
		alice.ask("POST hi", "OK POST go 2")
		bob.want("MSG go 2 ")
		alice.ask("WHO", "OK WHO go 2")
		bob.ask("TOPIC of two", "OK TOPIC go")
		alice.want("TOPIC go bob of two")
		bob.do("NICK robert", "OK NICK robert")
		alice.want("RENAMED go bob robert")
		alice.do("TELL robert psst", "OK TELL robert")
		bob.want("TELL alice psst")
		alice.do("TELL bob psst", "ERR TELL no-such-user")
		bob.do("QUIT", "OK QUIT")
		alice.want("LEFT go robert quit")
	})
}

func TestRoomsOfAllMachines(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		alice.ask("POST one", "OK POST go 1")
		settle()
		if lines := bob.ask("ROOMS", "OK ROOMS"); len(lines) != 1 || !strings.HasPrefix(lines[0], "ROOM go 1") {
			t.Errorf("a room that is in use elsewhere is listed as %q", lines)
		}
		bob.do("CREATE GO", "ERR CREATE room-exists")
		bob.ask("IN go WHO", "OK WHO go 1")
		bob.do("JOIN go", "OK JOIN go 2 1")
		alice.want("JOINED go guest-")
	})
}

func TestNicksOfAllMachines(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob, carol := connect(t, a.Server), connect(t, b.Server), connect(t, b.Server)
		alice.do("NICK alice a-key-of-alice", "OK NICK alice")
		carol.enter("carol")
		bob.do("NICK alice", "ERR NICK nick-taken")
		bob.do("NICK a1ice", "ERR NICK nick-taken")
		bob.do("NICK alice another-key-altogether", "ERR NICK nick-taken")
		alice.do("JOIN go", "OK JOIN go")
		carol.want("JOINED go alice")
		bob.do("NICK alice a-key-of-alice", "OK NICK alice")
		alice.want("BYE replaced")
		carol.want("LEFT go alice replaced")
		bob.do("WHOAMI", "OK WHOAMI alice")
		carol.do("TELL alice hi", "OK TELL alice")
		bob.want("TELL carol hi")
	})
}

// A slowLog takes a while to answer.
type slowLog struct{ *logtest.Member }

func (l slowLog) Submit(c backplane.Change, done func(backplane.Verdict)) {
	l.Member.Submit(c, func(v backplane.Verdict) { time.AfterFunc(10*time.Millisecond, func() { done(v) }) })
}

// The keys of many people at one address are all taken, though few may be undecided at a time.
func TestManyKeysOfOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := new(logtest.Chat).Join()
		a := newTestMachineOn(t, m, slowLog{m})
		defer a.stop(t)
		var all []*peer
		for n := range 50 {
			all = append(all, connect(t, a.Server))
			all[n].send(fmt.Sprintf("NICK person-%d a-key-of-person-%d", n, n))
		}
		for n, p := range all {
			p.want(fmt.Sprintf("OK NICK person-%d", n))
		}
	})
}

func TestAccountsOfAllMachines(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, other := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		alice.do("REGISTER "+password, "OK REGISTER alice")
		settle()
		other.do("NICK alice", "ERR NICK nick-registered")
		other.do("LOGIN alice wrong", "ERR LOGIN bad-login")
		other.do("LOGIN alice "+password, "OK LOGIN alice")
		other.do("JOIN go", "OK JOIN go 1 0")
		settle()
		alice.ask("WHO", "OK WHO go 1") // one nick
		alice.ask("SESSIONS", "OK SESSIONS 2")
		alice.do("PASSWD another "+password, "OK PASSWD alice")
		other.want("BYE ended")
		settle()
		again := connect(t, b.Server)
		again.do("LOGIN alice another "+password, "OK LOGIN alice")
		alice.do("UNREGISTER", "OK UNREGISTER")
		again.want("BYE ended")
		third := connect(t, b.Server)
		third.do("NICK alice", "ERR NICK nick-registered") // for 90 days
	})
}

func TestSessionsOfAllMachines(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, other := connect(t, a.Server), connect(t, b.Server)
		alice.do("NICK alice", "OK NICK alice")
		alice.do("REGISTER "+password, "OK REGISTER alice")
		settle()
		other.do("LOGIN alice "+password, "OK LOGIN alice")
		settle()
		lines := alice.ask("SESSIONS", "OK SESSIONS 2")
		id := strings.Fields(lines[1])[1] // its own come first
		connect(t, a.Server).do("END "+id, "ERR END not-allowed")
		alice.do("END "+id, "OK END "+id)
		other.want("BYE ended")
	})
}

func TestDropReachesAllMachines(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice := connect(t, a.Server)
		alice.enter("alice")
		if _, _, err := b.hub.Drop(t.Context(), nil, "go"); err != nil {
			t.Fatal(err)
		}
		alice.want("LEFT go alice dropped")
		alice.do("JOIN go", "ERR JOIN no-such-room")
		alice.do("CREATE go", "OK CREATE go")
		alice.do("IN go POST new", "OK POST go 1")
	})
}

// A room that was in use a moment ago ends when another machine deletes it, and its posts that
// come before that are read.
func TestDropOfAnIdleRoom(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.do("CREATE go", "OK CREATE go")
		alice.do("IN go POST hello", "OK POST go 1")
		settle()
		bob.do("JOIN go", "OK JOIN go 1 1")
		alice.do("IN go POST again", "OK POST go 2")
		if _, _, err := a.hub.Drop(t.Context(), nil, "go"); err != nil {
			t.Fatal(err)
		}
		bob.want("MSG go 2")
		bob.want("LEFT go guest-")
		alice.do("CREATE go", "OK CREATE go")
		alice.do("IN go POST anew", "OK POST go 1")
		settle()
		if _, _, err := b.hub.Drop(t.Context(), nil, "go"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOnceKeysOfAllMachines(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		bob.enter("bob")
		alice.want("JOINED go bob")
		alice.ask("ONCE k POST hello", "OK POST go 1")
		bob.want("MSG go 1")
		bob.ask("ONCE k POST hello", "OK POST go 1")
		bob.do("ONCE k POST other", "ERR POST once-mismatch")
		bob.ask("POST next", "OK POST go 2")
		alice.want("MSG go 2")
	})
}

// A machine that the others have taken for gone comes back with those who are there, and who
// has lost a nick meanwhile learns it.
func TestFencedMachineComesBack(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob, carol := connect(t, a.Server), connect(t, b.Server), connect(t, a.Server)
		alice.enter("alice")
		bob.enter("bob")
		alice.want("JOINED go bob")
		carol.do("NICK carol", "OK NICK carol")
		b.log.Fence()
		alice.want("LEFT go bob lost")
		alice.want("JOINED go bob")
		bob.ask("POST still here", "OK POST go 1")
		alice.want("MSG go 1")
		if got := alice.ask("WHO", "OK WHO go 2"); len(got) != 2 {
			t.Errorf("there are %q", got)
		}
	})
}

func TestLostNick(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		bob.do("NICK bob", "OK NICK bob")
		b.log.FenceUntil(func() { alice.do("NICK bob", "OK NICK bob") })
		bob.want("NOTICE bob is another's nick now")
		bob.do("WHOAMI", "OK WHOAMI guest-")
	})
}

// Who has lost a nick stays in the rooms, with the other: those elsewhere see that, too.
func TestLostNickStaysInItsRooms(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob, carol := connect(t, a.Server), connect(t, b.Server), connect(t, a.Server)
		alice.enter("alice")
		bob.enter("bob")
		alice.want("JOINED go bob")
		b.log.FenceUntil(func() {
			alice.want("LEFT go bob lost")
			carol.do("NICK bob", "OK NICK bob")
		})
		bob.want("NOTICE bob is another's nick now")
		settle()
		if who := alice.ask("WHO", "OK WHO"); len(who) < 2 || !strings.HasPrefix(who[len(who)-1], "USER go guest-") {
			t.Errorf("there are %q", who)
		}
	})
}

// A machine that comes back takes no nick with its key from whoever has come to another one
// meanwhile: that is the same person, and what is left here is the connection that was given up.
func TestNickThatHasMovedStaysThere(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		left, moved := connect(t, b.Server), connect(t, a.Server)
		left.do("NICK bob a-key-of-bob", "OK NICK bob")
		b.log.FenceUntil(func() { moved.do("NICK bob a-key-of-bob", "OK NICK bob") })
		left.want("NOTICE bob is another's nick now")
		settle()
		moved.do("WHOAMI", "OK WHOAMI bob")
	})
}

// Whoever has changed the password stays logged in where the machine has to come back.
func TestFencedAfterPasswd(t *testing.T) {
	machines(t, func(t *testing.T, a, _ *testMachine) {
		alice := connect(t, a.Server)
		alice.do("NICK alice", "OK NICK alice")
		alice.do("REGISTER "+password, "OK REGISTER alice")
		alice.do("PASSWD another "+password, "OK PASSWD alice")
		a.log.Fence()
		settle()
		alice.do("WHOAMI", "OK WHOAMI alice")
	})
}

// A refusingLog refuses nicks, as one that is cut off.
type refusingLog struct{ *logtest.Member }

func (l refusingLog) Submit(c backplane.Change, done func(backplane.Verdict)) {
	if n, nick := c.(*backplane.Nick); nick && !n.Patient && n.Key != [32]byte{} {
		done(backplane.Verdict{Err: backplane.ErrCutOff})
		return
	}
	l.Member.Submit(c, done)
}

// Whoever asks in vain for the nick that is its own keeps it, elsewhere as well.
func TestOwnNickClaimedInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var chat logtest.Chat
		m := chat.Join()
		a, b := newTestMachineOn(t, m, refusingLog{m}), newTestMachine(t, &chat)
		defer a.stop(t)
		defer b.stop(t)
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.do("NICK alice", "OK NICK alice")
		alice.do("NICK alice a-key-of-alice", "ERR NICK store")
		a.log.Fence()
		settle()
		bob.do("NICK alice", "ERR NICK nick-taken")
	})
}

// Whoever resumes at a machine that is behind waits for what it has read elsewhere.
func TestJoinAfterWaitsForTheLog(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connect(t, a.Server), connect(t, b.Server)
		alice.enter("alice")
		alice.ask("POST one", "OK POST go 1")
		settle()
		bob.do("NICK bob", "OK NICK bob")
		bob.send("JOIN go AFTER 2")
		pass(time.Second)
		alice.ask("POST two", "OK POST go 2")
		bob.want("OK JOIN go 2 2")
		bob.do("LEAVE", "OK LEAVE go")
		bob.send("JOIN zoo AFTER 0")
		pass(time.Second)
		alice.ask("CREATE zoo", "OK CREATE zoo")
		bob.want("OK JOIN zoo 1 0")
		began := time.Now()
		bob.do("JOIN go AFTER 3", "ERR JOIN bad-position")
		if took := time.Since(began); took < maxAwait || took > maxAwait+time.Second {
			t.Errorf("it took %v to say so", took)
		}
	})
}

// ask sends a line, and returns the lines before the answer.
func (p *peer) ask(line, answer string) (lines []string) {
	p.t.Helper()
	p.send(line)
	for {
		got := p.want("")
		if strings.HasPrefix(got, answer) {
			return lines
		}
		lines = append(lines, got)
	}
}

// What an address may do in an hour it may do once, and not at each machine.
func TestQuotasOfAllMachines(t *testing.T) {
	machines(t, func(t *testing.T, a, b *testMachine) {
		alice, bob := connectFrom(t, a.Server, "192.0.2.1:1"), connectFrom(t, b.Server, "192.0.2.1:2")
		carol := connectFrom(t, b.Server, "192.0.2.2:1")
		for i := range 20 {
			alice.do(fmt.Sprint("CREATE r", i), "OK CREATE")
			pass(10 * time.Second) // creates of a session
		}
		bob.do("CREATE go", "ERR CREATE rate-limited too many new rooms from your address, at this server")
		carol.do("CREATE go", "OK CREATE go")
		bob.do("CREATE go", "ERR CREATE room-exists")
	})
}
