package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// maxHolders bounds the holders: after each start they try at most four wrong passwords
// each, and chatd takes ten of one address.
const maxHolders = 2

// A holder registers accounts, one after the other, and changes them: their passwords and
// keys, and some it gives up. Hashing passwords takes long, so it is slow.
type holder struct {
	load     *load
	number   int
	rng      *rand.Rand
	accounts []*account // the last is the one that it changes
	changes  int        // acknowledged
	sent     time.Time  // when the last change was sent
}

func (h *holder) name() string { return fmt.Sprintf("holder-%d", h.number) }

// run checks what the last run has left, one of the earlier accounts too, and changes
// accounts until the connection breaks.
func (h *holder) run(ctx context.Context, socket string) error {
	h.wait(ctx)
	if earlier := len(h.accounts) - 1; earlier > 0 {
		a := h.accounts[h.rng.IntN(earlier)]
		if err := h.checkAnew(ctx, socket, a, h.old(a)); err != nil {
			return err
		}
	}
	c, err := h.dial(ctx, socket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if len(h.accounts) > 0 {
		a := h.current()
		if err := h.check(c, a, h.old(a)); err != nil {
			return err
		}
	}
	for {
		if err := h.step(ctx, c); err != nil {
			return err
		}
		sleep(ctx, between(h.rng, 20*time.Millisecond, 80*time.Millisecond))
	}
}

// decidedWithin is when it is certain at last what has come of a change that was sent to a
// machine of several and has no answer: the machine has been taken for gone, or has been heard.
const decidedWithin = 20 * time.Second

// wait waits until a change without an answer is decided.
func (h *holder) wait(ctx context.Context) {
	if !h.load.ledger.anywhere || len(h.accounts) == 0 {
		return
	}
	if a := h.current(); a.pending != a.known {
		sleep(ctx, time.Until(h.sent.Add(decidedWithin)))
	}
}

// old returns the password of an account that is to be tried and refused; 0: none is, for of
// wrong passwords few are taken, and who goes from machine to machine often begins anew.
func (h *holder) old(a *account) int {
	if h.load.ledger.anywhere {
		return 0
	}
	return a.replaced
}

// dial connects to a machine that has heard of all that was acknowledged.
func (h *holder) dial(ctx context.Context, socket string) (*harness.Client, error) {
	c, err := harness.Dial(ctx, "unix", socket)
	if err == nil {
		c, err = greeted(c, h.load.patience)
	}
	if err != nil || !h.load.ledger.anywhere {
		return c, err
	}
	c.Timeout = answerWithin                                                                  // passwords take a while to be hashed
	if _, err = c.Ask("IN " + h.load.source.rooms[0] + " TOPIC of " + h.name()); err != nil { // all machines decide it
		_ = c.Close()
	}
	return c, err
}

func (h *holder) current() *account { return h.accounts[len(h.accounts)-1] }

// step makes one change.
func (h *holder) step(ctx context.Context, c *harness.Client) error {
	if len(h.accounts) == 0 || h.current().known.released || h.rng.IntN(12) == 0 {
		if err := h.begin(c); err != nil {
			return err
		}
	}
	a := h.current()
	kind := h.rng.IntN(10)
	switch {
	case a.known.password == 0:
		return h.change(ctx, c, a.registration())
	case kind == 0:
		return h.change(ctx, c, a.release())
	case kind < 4:
		return h.change(ctx, c, a.newPassword())
	}
	return h.change(ctx, c, a.flip(h.rng.IntN(maxKeys)))
}

// begin leaves the account as it is, and takes the name of the next one.
func (h *holder) begin(c *harness.Client) error {
	if len(h.accounts) > 0 && h.current().known.password > 0 {
		if _, err := c.Ask("LOGOUT"); err != nil {
			return err
		}
	}
	a := &account{name: fmt.Sprintf("%s.%d", h.name(), len(h.accounts)+1)}
	if _, err := c.Ask(nickCommand(a.name)); err != nil {
		return err
	}
	h.accounts = append(h.accounts, a)
	return nil
}

// change makes a change, and notes whether it is stored.
func (h *holder) change(ctx context.Context, c *harness.Client, to change) error {
	a, l := h.current(), h.load
	a.pending = to.after
	h.sent = time.Now()
	sentIn := l.period.Load()
	_, err := c.Ask(to.command)
	stayed := l.period.Load() == sentIn
	mayRefuse := sentIn.disk != healthy || !stayed
	switch code := codeOf(err); {
	case err == nil:
		if sentIn.disk == failing && stayed {
			l.ledger.fault(broken, "%s: %q was acknowledged while the disk failed", a.name, to.command)
		}
		a.become(to.after)
		h.changes++
	case code == proto.StoreFailed && mayRefuse:
		a.pending = a.known
		sleep(ctx, refusedPause)
	case code == proto.Unknown && mayRefuse && !l.ledger.anywhere:
		<-ctx.Done() // the next run sees what is stored
		return ctx.Err()
	default:
		return err
	}
	return nil
}

// codeOf returns the code of an ERR or BYE; "" if err is neither.
func codeOf(err error) proto.Code {
	var no *proto.Error
	if !errors.As(err, &no) {
		return ""
	}
	return no.Code
}
