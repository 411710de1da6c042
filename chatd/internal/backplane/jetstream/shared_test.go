package jetstream_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/logtest"
)

// TestTwoMachinesPostInOneOrder has two machines post to one room at once.
func TestTwoMachinesPostInOneOrder(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 3)
	a, b := join(t, connect(t, servers), newMemoryCopy()), join(t, connect(t, servers), newMemoryCopy())
	a.create("go")
	b.hears("*backplane.Create")
	const each = 100
	var wg sync.WaitGroup
	numbers := make([][]uint64, 2)
	for i, m := range []*testMachine{a, b} {
		wg.Go(func() {
			for j := range each {
				n, err := m.post("go", fmt.Sprint(i, " ", j))
				if err != nil {
					t.Error(err)
				}
				numbers[i] = append(numbers[i], n)
			}
		})
	}
	wg.Wait()
	alike(t, "go", a, b)
	texts := a.stored("go")
	for i, m := range []*testMachine{b, a} {
		for j, n := range numbers[i] {
			if want := fmt.Sprint(i, " ", j); n == 0 || texts[n-1] != want {
				t.Fatalf("post %q has number %d, which is %q", want, n, texts[n-1])
			}
			m.hears("post go %d %d %d", n, i, j)
		}
		if n := m.count("post"); n != each {
			t.Errorf("%d posts were delivered, want %d", n, each)
		}
	}
}

// TestMachinesKnowWhoIsWhere has a machine join that learns of who is elsewhere, and leave.
func TestMachinesKnowWhoIsWhere(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	a := join(t, connect(t, servers), newMemoryCopy())
	a.create("go")
	for _, c := range []backplane.Change{
		&backplane.Nick{Session: 7, Name: logtest.Name("ann")}, &backplane.Join{Session: 7, Fold: "go"},
	} {
		if v := backplane.Do(a, c); v.Err != nil {
			t.Fatal(v.Err)
		}
	}
	copy := newMemoryCopy()
	b := join(t, connect(t, servers), copy)
	if want := []string{fmt.Sprint("fenced ", b.epoch()), "nick 7 ann", "join 7 go"}; !slices.Equal(b.delivered(), want) {
		t.Errorf("delivered at the start: %q, want %q", b.delivered(), want)
	}
	if v := backplane.Do(b, &backplane.Nick{Session: 7, Name: logtest.Name("ann")}); !errors.Is(v.Err, backplane.ErrNickTaken) {
		t.Errorf("a nick of the other machine is given: %v", v.Err)
	}
	epoch := a.epoch()
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	b.hears("ended %d", epoch)
	if v := backplane.Do(b, &backplane.Nick{Session: 8, Name: logtest.Name("ann")}); v.Err != nil {
		t.Errorf("a nick of a machine that is gone: %v", v.Err)
	}
	again := join(t, connect(t, servers), a.copy)
	again.hears("nick 8 ann")
	alike(t, "go", again, b)
}

// TestMachinesAskOneAnother has a machine answer another's question.
func TestMachinesAskOneAnother(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	a, b := join(t, connect(t, servers), newMemoryCopy()), join(t, connect(t, servers), newMemoryCopy())
	answer, err := a.Ask(t.Context(), b.epoch(), backplane.Question{Verb: "TELL", Text: "psst"})
	if answer.Refused != "TELL psst" || err != nil {
		t.Errorf("the answer is %+v, %v", answer, err)
	}
	epoch := b.epoch()
	b.Close()
	if answer, err := a.Ask(t.Context(), epoch, backplane.Question{}); !errors.Is(err, backplane.ErrNoMachine) {
		t.Errorf("a machine that is gone answers %+v, %v", answer, err)
	}
}

// A flood posts to room go until it is stopped, and notes which number each post was answered
// with.
type flood struct {
	numbers map[string]uint64
	flowing chan struct{} // closed after some posts
}

// run posts texts that begin with name.
func (f *flood) run(m *testMachine, name string, stop <-chan struct{}) {
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		text := fmt.Sprint(name, " ", i)
		if n, err := m.post("go", text); err == nil {
			f.numbers[text] = n
		}
		if i == 50 {
			close(f.flowing)
		}
	}
}

// check compares the numbers with what is stored.
func (f *flood) check(t *testing.T, stored []string) {
	for text, n := range f.numbers {
		if stored[n-1] != text {
			t.Errorf("%q was acknowledged as number %d, which is %q", text, n, stored[n-1])
		}
	}
}

// TestLeaderEnds has the leader of the stream end while two machines post. What is answered with
// a number is stored once, in one order.
func TestLeaderEnds(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 3)
	a, b := join(t, connect(t, servers), newMemoryCopy()), join(t, connect(t, servers), newMemoryCopy())
	a.create("go")
	b.hears("*backplane.Create")
	var wg sync.WaitGroup
	stop := make(chan struct{})
	var floods []*flood
	for i, m := range []*testMachine{a, b, a, b} {
		f := &flood{map[string]uint64{}, make(chan struct{})}
		floods = append(floods, f)
		wg.Go(func() { f.run(m, fmt.Sprint("flood", i), stop) })
	}
	for _, f := range floods {
		<-f.flowing
	}
	leaderOf(t, servers).Stop()
	err := errors.New("not posted yet")
	for i := 0; err != nil; i++ { // until there is another leader
		_, err = b.post("go", fmt.Sprint("after ", i))
	}
	close(stop)
	wg.Wait()
	alike(t, "go", a, b)
	stored := a.stored("go")
	for _, f := range floods {
		f.check(t, stored)
	}
	slices.Sort(stored)
	if len(slices.Compact(stored)) != len(stored) {
		t.Error("a post is stored twice")
	}
}

// leaderOf returns the leader of the stream.
func leaderOf(t *testing.T, servers natstest.Servers) *natstest.Server {
	t.Helper()
	for _, s := range servers {
		if s.JetStreamIsStreamLeader("$G", "chat") {
			return s
		}
	}
	t.Fatal("the stream has no leader")
	return nil
}

// TestUnreadableRecords publishes what is no record, and what a newer chatd writes.
func TestUnreadableRecords(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	c := connect(t, servers)
	a := join(t, c, newMemoryCopy())
	a.create("go")
	publish(t, servers, "\x01 no record")
	if _, err := a.post("go", "one"); err != nil {
		t.Errorf("a post after what is no record: %v", err)
	}
	publish(t, servers, "\xff record of a newer version")
	a.hears("health %v", backplane.ErrStopped)
	if h := a.Health(); h.Stopped == nil || !strings.Contains(h.Stopped.Error(), "newer chatd") {
		t.Errorf("the log says %v", h.Stopped)
	}
	if _, err := a.post("go", "two"); !errors.Is(err, backplane.ErrStopped) {
		t.Errorf("a post after what cannot be read: %v", err)
	}
	if got := a.stored("go"); !slices.Equal(got, []string{"one"}) {
		t.Errorf("stored are %q", got)
	}
}
