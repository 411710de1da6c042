package jetstream_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/logtest"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A testMachine is a log, its copy, and what it has delivered.
type testMachine struct {
	*jetstream.Log
	copy *memoryCopy
	t    testing.TB

	mu      sync.Mutex
	events  []string
	changed chan struct{} // closed and replaced with each event
	block   chan struct{} // if not nil, Deliver waits until it is closed
}

// join opens a log on a copy, and starts it.
func join(t testing.TB, c *jetstream.Cluster, copy *memoryCopy) *testMachine {
	t.Helper()
	m := &testMachine{Log: open(t, c, copy), copy: copy, t: t, changed: make(chan struct{})}
	t.Cleanup(func() { m.Log.Close() })
	if err := m.Start(m); err != nil {
		t.Fatal(err)
	}
	return m
}

func (m *testMachine) note(format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, fmt.Sprintf(format, args...))
	close(m.changed)
	m.changed = make(chan struct{})
}

// Deliver implements backplane.Deliverer.
func (m *testMachine) Deliver(applied []backplane.Applied) {
	for _, a := range applied {
		if replaced := a.Replaced; len(replaced) > 0 {
			m.note("replaced %d", replaced[0].Session)
		}
		switch c := a.Change.(type) {
		case *backplane.Posts:
			for _, p := range c.Posts {
				m.note("post %s %d %s", c.Fold, p.Seq, p.Text)
			}
		case *backplane.Nick:
			m.note("nick %d %s", c.Session, c.Name.Shown)
		case *backplane.Join:
			m.note("join %d %s", c.Session, c.Fold)
		case *backplane.Leave:
			m.note("leave %d %s %s", c.Session, c.Fold, c.Why)
		default:
			m.note("%T", c)
		}
	}
	m.mu.Lock()
	block := m.block
	m.mu.Unlock()
	if block != nil {
		<-block
	}
}

// Ended, Fenced, HealthChanged and Answer implement backplane.Deliverer.
func (m *testMachine) Ended(epoch uint64)               { m.note("ended %d", epoch) }
func (m *testMachine) Fenced(epoch uint64)              { m.note("fenced %d", epoch) }
func (m *testMachine) HealthChanged(h backplane.Health) { m.note("health %v", h.Err()) }
func (m *testMachine) Answer(q backplane.Question) backplane.Answer {
	return backplane.Answer{Refused: q.Verb + " " + q.Text}
}

// await waits until check holds of what the machine has delivered.
func (m *testMachine) await(what string, check func(events []string) bool) {
	m.t.Helper()
	timeout := time.After(time.Minute)
	for {
		m.mu.Lock()
		events, changed := slices.Clone(m.events), m.changed
		m.mu.Unlock()
		if check(events) {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			m.t.Fatalf("%s: not delivered; there were %q", what, events)
		}
	}
}

// hears waits until the machine has delivered an event.
func (m *testMachine) hears(format string, args ...any) {
	m.t.Helper()
	want := fmt.Sprintf(format, args...)
	m.await(want, func(events []string) bool { return slices.Contains(events, want) })
}

// delivered returns what the machine has delivered.
func (m *testMachine) delivered() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.events)
}

// count returns how many events begin so.
func (m *testMachine) count(prefix string) (n int) {
	for _, e := range m.delivered() {
		if strings.HasPrefix(e, prefix) {
			n++
		}
	}
	return n
}

// epoch returns the machine's epoch.
func (m *testMachine) epoch() uint64 { return m.Figures().Epoch }

// create creates a room.
func (m *testMachine) create(fold string) {
	m.t.Helper()
	if v := backplane.Do(m, &backplane.Create{Room: history.Room{Name: logtest.Name(fold)}}); v.Err != nil {
		m.t.Fatal(v.Err)
	}
}

// posts returns a change of one post.
func posts(fold, text string) *backplane.Posts {
	return &backplane.Posts{Fold: fold, Posts: []history.Post{{Kind: proto.MSG, Nick: "bob", Text: text}}, Authors: make([]backplane.Author, 1)}
}

// post posts, and returns the number of the post, and why there is none.
func (m *testMachine) post(fold, text string) (uint64, error) {
	c := posts(fold, text)
	v := backplane.Do(m, c)
	return c.Posts[0].Seq, v.Err
}

// stored returns the texts of a room's posts, the first of which has number 1.
func (m *testMachine) stored(fold string) (all []string) {
	m.t.Helper()
	page, err := settledRooms{m.copy.rooms, m.copy}.Page(m.t.Context(), fold, 1, 1<<40, 1<<30)
	if err != nil {
		m.t.Fatal(err)
	}
	for i, p := range page.Posts {
		if p.Seq != uint64(i+1) {
			m.t.Fatalf("room %s: post %d follows %d others", fold, p.Seq, i)
		}
		all = append(all, p.Text)
	}
	return all
}

// alike waits until machines have applied equally much, and compares them.
func alike(t *testing.T, fold string, machines ...*testMachine) {
	t.Helper()
	at, timeout := machines[0].Figures(), time.After(time.Minute)
	for _, m := range machines[1:] {
		for f := m.Figures(); f.Applied != at.Applied || f.Hash != at.Hash; f = m.Figures() {
			at = machines[0].Figures()
			select {
			case <-time.After(time.Millisecond):
			case <-timeout:
				t.Fatalf("the copies differ: %+v\n%+v", at, f)
			}
		}
		if got, want := m.stored(fold), machines[0].stored(fold); !slices.Equal(got, want) {
			t.Errorf("room %s differs:\n%q\n%q", fold, got, want)
		}
	}
}

// TestClosedLogHasStoredAll has a log be closed before the copy would have been written.
func TestClosedLogHasStoredAll(t *testing.T) {
	t.Parallel()
	a := join(t, connect(t, natstest.Run(t, 1)), newMemoryCopy())
	a.create("go")
	if _, err := a.post("go", "last words"); err != nil {
		t.Fatal(err)
	}
	a.Close()
	if applied := a.copy.Synced(); applied != a.Figures().Applied {
		t.Errorf("the copy ends at %d, want %d", applied, a.Figures().Applied)
	}
	if got := a.stored("go"); !slices.Equal(got, []string{"last words"}) {
		t.Errorf("stored are %q", got)
	}
}
