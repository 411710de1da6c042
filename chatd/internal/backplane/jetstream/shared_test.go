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

// TestLeaderEnds has the leader of the stream end while two machines post. What is answered with
// a number is stored once, in one order.
func TestLeaderEnds(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 3)
	a, b := join(t, connect(t, servers), newMemoryCopy()), join(t, connect(t, servers), newMemoryCopy())
	a.create("go")
	var wg sync.WaitGroup
	halfway := make(chan struct{}, 4)
	stop := make(chan struct{})
	acknowledged := make([]map[string]uint64, 4)
	for i := range acknowledged {
		m := []*testMachine{a, b}[i%2]
		acknowledged[i] = map[string]uint64{}
		wg.Go(func() {
			for j := 0; ; j++ {
				select {
				case <-stop:
					return
				default:
				}
				text := fmt.Sprint(i, " ", j)
				if n, err := m.post("go", text); err == nil {
					acknowledged[i][text] = n
				}
				if j == 50 {
					halfway <- struct{}{}
				}
			}
		})
	}
	for range acknowledged {
		<-halfway
	}
	leader := leaderOf(t, servers)
	leader.Stop()
	before := a.Figures().Applied
	n, err := uint64(0), errors.New("none")
	for i := 0; err != nil; i++ { // until there is another leader
		n, err = b.post("go", fmt.Sprint("after ", i))
	}
	close(stop)
	wg.Wait()
	t.Logf("the first post after record %d is number %d", before, n)
	alike(t, "go", a, b)
	texts := a.stored("go")
	for _, of := range acknowledged {
		for text, n := range of {
			if texts[n-1] != text {
				t.Errorf("%q was acknowledged as number %d, which is %q", text, n, texts[n-1])
			}
		}
	}
	slices.Sort(texts)
	if len(slices.Compact(texts)) != len(texts) {
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
