package hub

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
)

// A poster is a Poster that says in functions what it does.

type poster struct{ answered, wake func() }

func (p poster) Answered() { p.answered() }

func (p poster) Wake() { p.wake() }

func TestPostIsStoredThenReadThenAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, Config{}, ample)
		r := open(t, h, "go")
		var diary strings.Builder // the room's goroutine's own
		reads := map[string]func(){}
		for _, nick := range []string{"alice", "bob"} {
			var m *Member
			reads[nick] = func() { diary.WriteString(nick + " reads\n" + read(t, m, ReadOptions{})) }
			m = NewMember(r, sessions[nick], Nick{Shown: nick}, reads[nick])
			m.Join(nil)
		}
		store.hold()
		for _, text := range []string{"one", "two", "three"} {
			s := compose("alice", "", text)
			s.Owner = poster{func() { fmt.Fprintln(&diary, "OK", s.Seq) }, reads["alice"]}
			s.to(t, r)
			synctest.Wait() // so that the first leaves alone
		}
		for range 2 {
			f := <-store.held
			f.persist(len(f.posts))
			synctest.Wait()
			diary.WriteString("stored\n")
			f.done(f.first, nil)
			synctest.Wait()
		}
		wantLines(t, diary.String(), `stored
bob reads
MSG go 1 alice one
OK 1
alice reads
MSG go 1 alice one
stored
bob reads
MSG go 2 alice two
MSG go 3 alice three
OK 2
OK 3
alice reads
MSG go 2 alice two
MSG go 3 alice three
`)
	})
}

func TestNobodyReadsBeyondThePublishedHead(t *testing.T) {
	for name, size := range map[string]int{"in the log": 1, "from the store": minLog} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, store := newHub(t, Config{LogBytes: tiny}, ample)
				r := open(t, h, "go")
				store.boundPages(r.Head)
				alice := join(t, r, 1, "alice", 0)
				fill(t, r, 10, size)
				store.hold()
				eleventh := say(t, r, "eleventh")
				f := <-store.held
				f.persist(1)
				wantRun(t, read(t, alice, ReadOptions{}), 1, 10)
				if r.Head() != 10 {
					t.Errorf("the head is %d", r.Head())
				}
				f.done(f.first, nil)
				eleventh.want(t, 11, nil)
				wantRun(t, read(t, alice, ReadOptions{}), 11, 11)
			})
		})
	}
}

func TestJoinBeginsAtThePublishedHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		fill(t, r, 2, 1)
		store.hold()
		say(t, r, "under way")
		f := <-store.held
		before := join(t, r, 1, "alice", 2)
		f.persist(1)
		stored := join(t, r, 2, "bob", 2)
		f.done(f.first, nil)
		synctest.Wait()
		after := join(t, r, 3, "carol", 3)
		for m, want := range map[*Member]string{
			before: "JOINED go bob\nMSG go 3 bob under way\nJOINED go carol\n",
			stored: "MSG go 3 bob under way\nJOINED go carol\n",
			after:  "",
		} {
			wantLines(t, read(t, m, ReadOptions{Session: m.session}), want)
		}
	})
}

func TestMemberReadsNothingAfterLeave(t *testing.T) {
	for name, logBytes := range map[string]int64{"in the log": ample, "from the store": tiny} {
		t.Run(name, func(t *testing.T) {
			h, _ := newHub(t, Config{LogBytes: logBytes}, ample)
			r := open(t, h, "go")
			alice := join(t, r, 1, "alice", 0)
			fill(t, r, 2, minLog)
			alice.Leave(nil, "leave")
			fill(t, r, 2, minLog)
			wantRun(t, read(t, alice, ReadOptions{}), 1, 2)
		})
	}
}

func TestJoinersNeitherMissNorRepeatPosts(t *testing.T) {
	for name, logBytes := range map[string]int64{"in the log": ample, "from the store": tiny} {
		t.Run(name, func(t *testing.T) {
			const posters, each, joiners = 3, 400, 6
			h, store := newHub(t, Config{Presence: 4, LogBytes: logBytes}, ample)
			r := open(t, h, "go")
			store.boundPages(r.Head)
			var wg sync.WaitGroup
			for range posters {
				wg.Go(func() {
					for range each / 8 {
						var burst []*sent
						for range 8 {
							burst = append(burst, say(t, r, strings.Repeat("x", 500)))
						}
						for _, s := range burst {
							<-s.answered
						}
					}
				})
			}
			for i := range joiners {
				wg.Go(func() {
					if err := comeAndGo(t, r, uint64(10+i), posters*each); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		})
	}
}

// comeAndGo reads the room from where it joins until number last, leaving and

// joining again every hundred posts.

func comeAndGo(t *testing.T, r *Room, session, last uint64) error {
	for {
		woken := make(chan struct{}, 1)
		m := NewMember(r, session, Nick{Shown: fmt.Sprint("joiner", session)}, func() {
			select {
			case woken <- struct{}{}:
			default:
			}
		})
		head, _, _ := m.Join(nil)
		if head == last {
			return nil
		}
		for next, leave := head+1, min(last, head+100); next <= leave; {
			lines, err := drain(t.Context(), m, m.Head(), ReadOptions{Session: session})
			if err != nil {
				return err
			}
			for _, seq := range numbers(t, lines) {
				if seq != next {
					return fmt.Errorf("joined after %d: post %d stands where %d is due", head, seq, next)
				}
				next++
			}
			if next <= leave {
				<-woken
			}
		}
		m.Leave(nil, "leave")
	}
}

func TestRoomGoesOnWhileItsStoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		alice := join(t, r, 1, "alice", 0)
		store.hold()
		store.intercept(func(string) error { select {} })
		say(t, r, "hangs")
		synctest.Wait()

		bob := join(t, r, 2, "bob", 0)
		carol := join(t, r, 3, "carol", 0)
		bob.Rename(nil, Nick{Shown: "bert"})
		carol.Leave(nil, "lost")
		if nicks := shown(r.Who()); !slices.Equal(nicks, []string{"alice", "bert"}) {
			t.Errorf("WHO: %v", nicks)
		}
		wantLines(t, read(t, alice, ReadOptions{Session: 1}), "JOINED go bob\nJOINED go carol\nRENAMED go bob bert\nLEFT go carol lost\n")
		if r.Members() != 2 || r.Head() != 0 {
			t.Errorf("%d members, head %d", r.Members(), r.Head())
		}
	})
}

// An emptyStore has lost all posts, and does not say why.
