package jetstream

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"linechat/chatd/internal/backplane/machine"
)

// A failingCopy has each Apply return what fail does.
type failingCopy struct {
	Copy
	fail    func(results []machine.Result) error
	applies int
}

func (c *failingCopy) Ready() error { return nil }

func (c *failingCopy) Apply(results []machine.Result) error {
	c.applies++
	return c.fail(results)
}

// results are so many, from position 1 on.
func results(n int) []machine.Result {
	list := make([]machine.Result, n)
	for i := range list {
		list[i].Seq = uint64(i + 1)
	}
	return list
}

// TestCopyWriterThatDisagrees: who reads learns that what was told is not there, and so does the
// log, at once.
func TestCopyWriterThatDisagrees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newCopyWriter(&failingCopy{fail: func([]machine.Result) error { return machine.ErrDisagrees }}, 0)
		go w.run() // until close, which waits for it
		if _, err := w.put(results(1), 1); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := w.settle(t.Context()); !errors.Is(err, machine.ErrDisagrees) {
				t.Errorf("reading what is not stored: %v, want ErrDisagrees", err)
			}
		}
		if err := <-w.disagree; !errors.Is(err, machine.ErrDisagrees) {
			t.Errorf("the log is told %v", err)
		}
		if _, err := w.put(results(1), 1); !errors.Is(err, machine.ErrDisagrees) {
			t.Errorf("what follows: %v, want ErrDisagrees", err)
		}
		w.close()
	})
}

// TestCopyWriterIsBusy has storing hang: put does not.
func TestCopyWriterIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		w := newCopyWriter(&failingCopy{fail: func([]machine.Result) error { <-hang; return nil }}, 0)
		go w.run() // until close, which waits for it
		all := results(2*storeCount + 1)
		if _, err := w.put(all[:storeCount], 1); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := w.put(all[storeCount:2*storeCount], 1); err != nil {
			t.Fatal(err)
		}
		changed, err := w.put(all[2*storeCount:], 1)
		if err != errBusy {
			t.Errorf("with much that waits: %v, want errBusy", err)
		}
		close(hang)
		<-changed
		if err := w.settle(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := w.put(all[2*storeCount:], 1); err != nil {
			t.Errorf("once it is stored: %v", err)
		}
		w.close()
		if at := w.position(); at != 2*storeCount+1 {
			t.Errorf("stored up to %d", at)
		}
	})
}

// TestCopyWriterGivesUpAtClose: what follows a batch that is given up is not stored without it.
func TestCopyWriterGivesUpAtClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("full")
		c := &failingCopy{fail: func([]machine.Result) error { return full }}
		w := newCopyWriter(c, 0)
		go w.run() // until close, which waits for it
		all := results(2)
		if _, err := w.put(all[:1], 1); err != nil {
			t.Fatal(err)
		}
		hang := make(chan struct{})
		c.fail = func([]machine.Result) error { <-hang; return full }
		signal(w.wanted)
		synctest.Wait()
		if _, err := w.put(all[1:], 1); err != nil {
			t.Fatal(err)
		}
		close(w.closing)
		close(hang)
		<-w.ended
		if c.applies != 1 {
			t.Errorf("stored is tried %d times, want once", c.applies)
		}
		if err := w.settle(context.Background()); err != full {
			t.Errorf("reading what is not stored: %v, want %v", err, full)
		}
	})
}
