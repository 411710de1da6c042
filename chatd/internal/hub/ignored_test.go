package hub

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// ignoring returns options of a conversation in which these nicks are ignored.
func ignoring(t *testing.T, nicks ...string) ReadOptions {
	t.Helper()
	o := ReadOptions{Form: proto.People, Session: 99, Ignored: new(atomic.Pointer[Ignored])}
	o.Own = func(*Room, *history.Post) bool { return false }
	ignored := new(Ignored)
	var names []proto.Name
	for _, nick := range nicks {
		names = append(names, parseNick(t, nick))
	}
	ignored.Set(ignored.Begin(), names)
	o.Ignored.Store(ignored)
	return o
}

// In a conversation what comes from nicks that are ignored is left out, whether it is read from
// the log, alone or with others, or from the store.
func TestIgnoredNicksAreLeftOut(t *testing.T) {
	for name, logBytes := range map[string]int64{"log": ample, "store": tiny} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, store := newHub(t, Config{LogBytes: logBytes}, ample)
				r := open(t, h, "go")
				alice, zoe := join(t, r, 99, "alice", 0), join(t, r, 99, "zoe", 0)
				all := ""
				post := func(nick string, n int) {
					text := nick + strings.Repeat("x", n)
					all += text + " "
					compose(nick, "", text).to(t, r)
				}
				post("bob", 1)
				synctest.Wait()
				store.hold()
				post("carol", 1)
				synctest.Wait() // so that the others leave together
				post("Bob", 2)
				post("carol", 2)
				post("bob", 3)
				store.pass()
				(<-store.held).succeed()
				for i := range 40 {
					synctest.Wait()
					post("carol", 1000+i)
				}
				synctest.Wait()
				wantSaid(t, read(t, alice, ignoring(t, "trudy")), all)
				others := ""
				for word := range strings.FieldsSeq(all) {
					if !strings.HasPrefix(strings.ToLower(word), "bob") {
						others += word + " "
					}
				}
				wantSaid(t, read(t, zoe, ignoring(t, "trudy", "BOB")), others)
			})
		})
	}
}

// wantSaid compares the texts of the posts of a conversation.
func wantSaid(t *testing.T, lines, want string) {
	t.Helper()
	got := ""
	for line := range strings.Lines(lines) {
		if _, text, ok := strings.Cut(strings.TrimSpace(line), "> "); ok {
			got += text + " "
		}
	}
	if got != want {
		t.Errorf("got  %.200s\nwant %.200s", got, want)
	}
}

// Who comes and goes is a line, too; programs get all.
func TestIgnoredNicksComeAndGo(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	r := open(t, h, "go")
	alice, zoe := join(t, r, 99, "alice", 0), join(t, r, 99, "zoe", 0)
	bob := join(t, r, 2, "bob", 0)
	say(t, r, "hello").want(t, 1, nil)
	bob.Rename(nil, Nick{Shown: "bert"})
	bob.Rename(nil, Nick{Shown: "bob"})
	bob.Leave(nil, "leave")
	o := ignoring(t, "bob")
	o.Current = r
	wantLines(t, read(t, alice, o), "-- bob is now bert\n-- bert is now bob\n")
	o.Form = proto.Text
	wantLines(t, read(t, zoe, o), "JOINED go bob\nMSG go 1 bob hello\nRENAMED go bob bert\nRENAMED go bert bob\nLEFT go bob leave\n")
}

// Where there is nobody to ignore, or nobody of them is there, reading costs nothing more.
func TestIgnoringAllocatesNothing(t *testing.T) {
	for name, o := range map[string]ReadOptions{"nobody": ignoring(t), "others": ignoring(t, "carol", "trudy")} {
		t.Run(name, func(t *testing.T) {
			h, _ := newHub(t, Config{LogBytes: ample}, ample)
			r := open(t, h, "go")
			alice := join(t, r, 99, "alice", 0)
			fill(t, r, 10, 100)
			read(t, alice, o)
			start := alice.Cursor
			allocs := testing.AllocsPerRun(100, func() {
				alice.Cursor = Cursor{room: start.room, pos: 1}
				for more := true; more; {
					var shared []byte
					if shared, _, more, _ = alice.Next(context.Background(), Position{start.pos, start.lastSeq}, &o, nil); shared == nil {
						t.Error("what all members share is not used")
					}
				}
			})
			if allocs != 0 {
				t.Errorf("%v allocations", allocs)
			}
		})
	}
}

// What was read last of an account is what counts, whichever session notes it first.
func TestIgnoredAsReadLast(t *testing.T) {
	var ignored Ignored
	if ignored.Known() || ignored.Has("bob") || (*Ignored)(nil).Has("bob") {
		t.Error("nobody is ignored before the nicks are known")
	}
	first, second := ignored.Begin(), ignored.Begin()
	ignored.Set(second, []proto.Name{parseNick(t, "Trudy"), parseNick(t, "bob")})
	ignored.Set(first, nil)
	if nicks := ignored.Nicks(); !ignored.Has("BOB") || len(nicks) != 2 || nicks[0].Shown != "bob" {
		t.Errorf("ignored are %v", nicks)
	}
	ignored.Set(ignored.Begin(), nil)
	if ignored.Has("bob") || !ignored.Known() || ignored.Nicks() != nil {
		t.Error("they are still ignored")
	}
}
