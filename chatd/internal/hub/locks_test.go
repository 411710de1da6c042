package hub

import (
	"context"
	"log/slog"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
)

// A stall lasts until the end of the test.
type stall struct {
	reached chan struct{}
	gate    chan struct{}
}

func newStall() *stall { return &stall{make(chan struct{}, 10), make(chan struct{})} }

func (s *stall) here() {
	s.reached <- struct{}{}
	<-s.gate
}

// A stallingLog is a log that nobody reads.
type stallingLog struct {
	slog.Handler
	*stall
}

func (l stallingLog) Enabled(context.Context, slog.Level) bool { return true }

func (l stallingLog) Handle(context.Context, slog.Record) error {
	l.here()
	return nil
}

func nothing() {}

// Whatever the posts of a room wait for, members that come, go or ask do not.
func TestMembersDoNotWaitForPosts(t *testing.T) {
	for name, prepare := range map[string]func(r *Room, store *stubStore, s *stall) *sent{
		"a member is woken": func(r *Room, _ *stubStore, s *stall) *sent {
			var stalled atomic.Bool
			NewMember(r, 7, Nick{Shown: "slow"}, func() {
				if !stalled.Swap(true) {
					s.here()
				}
			}).Join(nil)
			return compose("bob", "", "hello")
		},
		"a post is answered": func(_ *Room, _ *stubStore, s *stall) *sent {
			p := compose("bob", "", "hello")
			p.Owner = poster{s.here, nothing}
			return p
		},
		"a poster is woken": func(_ *Room, _ *stubStore, s *stall) *sent {
			p := compose("bob", "", "hello")
			p.Owner = poster{nothing, s.here}
			return p
		},
		"the store takes the posts": func(r *Room, store *stubStore, s *stall) *sent {
			r.hub.changes = backplane.NewLocal(appendHook{store, s.here}, nil)
			return compose("bob", "", "hello")
		},
		"the log is written": func(r *Room, store *stubStore, s *stall) *sent {
			r.hub.config.Log = slog.New(stallingLog{stall: s})
			store.hold()
			go func() { (<-store.held).fail(history.ErrUnknown) }()
			return compose("bob", "", "hello")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h, store := newHub(t, usual, ample)
			r := open(t, h, "go")
			join(t, r, 1, "alice", 0)
			s := newStall()
			post := prepare(r, store, s)
			t.Cleanup(func() { close(s.gate) })
			if err := r.Post(t.Context(), &post.Post); err != nil {
				t.Fatal(err)
			}
			<-s.reached
			carol := NewMember(r, 3, Nick{Shown: "carol"}, nothing)
			carol.Join(nil)
			carol.Rename(nil, Nick{Shown: "carla"})
			if nicks := shown(r.Who()); !slices.Contains(nicks, "carla") {
				t.Errorf("WHO: %v", nicks)
			}
			carol.Leave(nil, "leave")
			if err := r.SetTopic(t.Context(), 1, Topic{"meanwhile", "alice"}); err != nil {
				t.Error(err)
			}
		})
	}
}

// A reenteringLog does what a room's members and posters do, while a line is logged.
type reenteringLog struct {
	slog.Handler
	t      *testing.T
	room   *Room
	logged chan struct{}
}

func (l reenteringLog) Enabled(context.Context, slog.Level) bool { return true }

func (l reenteringLog) Handle(context.Context, slog.Record) error {
	carol := NewMember(l.room, 3, Nick{Shown: "carol"}, nothing)
	carol.Join(nil)
	carol.Leave(nil, "leave")
	post := say(l.t, l.room, "meanwhile")
	l.room.TryProcess()
	<-post.answered
	close(l.logged)
	return nil
}

// Nothing is logged while anyone holds a room's mutex or processes its posts: members
// come and go meanwhile, and posts are answered.
func TestRoomDoesNotWaitForTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, store := newHub(t, usual, ample)
		r := open(t, h, "go")
		log := reenteringLog{t: t, room: r, logged: make(chan struct{})}
		h.config.Log = slog.New(log)
		store.hold()
		lost := say(t, r, "lost")
		f := <-store.held
		store.pass()
		f.fail(history.ErrUnknown)
		lost.want(t, 0, history.ErrUnknown)
		<-log.logged
	})
}
