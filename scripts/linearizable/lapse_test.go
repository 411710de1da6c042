package linearizable

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

// A lapsing is a run with a machine whose epoch a test sets, and one session there that has had ann.
type lapsing struct {
	*testing.T
	*Run
	now   int
	fault error // the epoch is not known
}

func newLapsing(t *testing.T) *lapsing {
	l := &lapsing{T: t}
	l.Run = &Run{chat: &Chat{Epoch: func(_ context.Context, machine int) (int, error) {
		if machine != 0 {
			return 0, nil
		}
		return l.now, l.fault
	}}}
	return l
}

// session has a session claim ann.
func (l *lapsing) session(number int, key string) *client {
	c := &client{run: l.Run, number: number, session: number, nick: "ann", epoch: l.epoch(l.Context(), 0)}
	from := l.History.call()
	claim := claiming(number, key)
	l.History.add(number, from, claim, answer{})
	c.since = l.History.call()
	c.held = []hold{{claim: claim, from: from}}
	return c
}

// end ends the session of a client.
func (l *lapsing) end(c *client) {
	c.release(c.nick, unknown)
	l.leave(c.past())
	l.epoch(l.Context(), 0)
}

// check checks the history.
func (l *lapsing) check(legal bool) {
	l.Helper()
	if err := l.History.Check(time.Minute); (err == nil) != legal {
		var page strings.Builder
		l.Errorf("legal: %v, %v; want %v (%v)", err == nil, err, legal, l.History.Draw(&page, time.Minute))
	}
}

// Who has had a nick before a lapse excuses nobody after it: two have it, or nobody and it is taken.
func TestAfterLapse(t *testing.T) {
	for name, test := range map[string]struct {
		key    string
		answer answer
		gone   bool // the second one has given it up
		legal  bool
	}{
		"taken": {"", taken, false, true}, "two": {"", answer{}, false, false}, "two with the key of one": {"k", answer{}, false, false},
		"free": {"", answer{}, true, true}, "taken by nobody": {"", taken, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLapsing(t)
			c := l.session(1, test.key)
			l.now++
			l.end(c)
			l.session(2, test.key)
			if test.gone {
				l.History.add(2, l.History.call(), leaving(2), answer{})
			}
			l.History.add(3, l.History.call(), claiming(3, ""), test.answer)
			l.check(test.legal)
		})
	}
}

// During the lapse another may have the nick.
func TestInLapse(t *testing.T) {
	for _, lapses := range []int{0, 1, 2} {
		l := newLapsing(t)
		c := l.session(1, "")
		for session := 2; session < 4; session++ {
			l.session(session, "")
			l.History.add(session, l.History.call(), leaving(session), answer{})
			l.History.add(9, l.History.call(), claiming(9, ""), taken)
		}
		c.since = l.History.call() // it has the nick still
		l.now += lapses
		l.end(c)
		l.check(lapses == 2)
	}
}

// Where the epoch is not known, what may have happened ends when it is.
func TestLapseOfUnknownEpoch(t *testing.T) {
	l := newLapsing(t)
	c := l.session(1, "k")
	l.fault = errors.New("the machine is gone")
	l.end(c)
	l.epoch(l.Context(), 1) // that of another machine says nothing
	if len(l.pasts) != 1 {
		t.Fatalf("%d sessions wait for the epoch", len(l.pasts))
	}
	l.now, l.fault = 1, nil
	l.epoch(l.Context(), 0)
	until := l.History.call()
	for _, op := range l.History.operations {
		if o := op.Input.(command); op.Return > until && (o.verb != release || !op.Output.(answer).unknown) {
			t.Errorf("%s may happen later", describe(o, op.Output.(answer)))
		}
	}
	l.session(2, "k")
	l.History.add(3, l.History.call(), claiming(3, ""), answer{})
	l.check(false)
}
