package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// loginsAtOnce has many connections send a LOGIN to one account at the same time.
func loginsAtOnce(password string) func(context.Context, *target) (strike, error) {
	return func(ctx context.Context, t *target) (strike, error) {
		if err := t.addAccounts(ctx, 1); err != nil {
			return nil, err
		}
		clients, err := t.dialAll(ctx, t.logins)
		return func(context.Context, string) (string, error) {
			var answers codeCount
			began := time.Now()
			err := forEach(clients, func(_ int, c *harness.Client) error {
				return answers.ask(c, "LOGIN "+accountName(0)+" "+password)
			})
			return fmt.Sprintf("%d LOGINs: %v; the last answer after %v", t.logins, &answers, time.Since(began).Round(time.Millisecond)), err
		}, err
	}
}

// forEach runs work for all clients at the same time, waits until all of it has ended, and
// returns the first error.
func forEach(clients []*harness.Client, work func(n int, c *harness.Client) error) error {
	var running sync.WaitGroup
	var once sync.Once
	var first error
	for n, c := range clients {
		running.Go(func() {
			if err := work(n, c); err != nil {
				once.Do(func() { first = err })
			}
		})
	}
	running.Wait()
	return first
}

// guesses has each of some addresses guess the passwords of some accounts, one after the
// other, as fast as it is answered. Meanwhile the owner of the first account logs in every
// second, from her own address.
func guesses(addresses, accounts int) func(context.Context, *target) (strike, error) {
	return func(ctx context.Context, t *target) (strike, error) {
		if err := t.addAccounts(ctx, accounts); err != nil {
			return nil, err
		}
		clients, err := t.dialAll(ctx, addresses)
		return func(context.Context, string) (string, error) {
			var answers codeCount
			var owner ownerLogins
			end := time.Now().Add(t.guessing)
			var running sync.WaitGroup
			running.Go(func() { owner.repeat(ctx, t, end) })
			err := forEach(clients, func(n int, c *harness.Client) error {
				for guess := n; time.Now().Before(end); guess++ {
					if err := answers.ask(c, fmt.Sprintf("LOGIN %s guess-%d", accountName(guess%accounts), guess)); err != nil {
						return err
					}
				}
				return nil
			})
			running.Wait()
			return fmt.Sprintf("in %v %v; %v", t.guessing, &answers, &owner), errors.Join(err, owner.err)
		}, err
	}
}

// An ownerLogins is what an owner sees who logs in again and again.
type ownerLogins struct {
	logins  int
	refused int // tries, with rate-limited
	slowest time.Duration
	err     error
}

// repeat logs in every second, at least once, until end.
func (o *ownerLogins) repeat(ctx context.Context, t *target, end time.Time) {
	for o.err == nil && (o.logins == 0 || time.Now().Before(end)) {
		began := time.Now()
		o.err = o.login(ctx, t)
		o.slowest = max(o.slowest, time.Since(began))
		sleep(ctx, min(time.Second, time.Until(end)))
	}
}

// login logs in once. While that is rate-limited she tries again, each second as she is told
// to, but for at most answerWithin.
func (o *ownerLogins) login(ctx context.Context, t *target) error {
	c, err := t.dial(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	o.logins++
	for began := time.Now(); ; o.refused++ {
		_, err := c.Ask("LOGIN " + accountName(0) + " " + password)
		var refusal *proto.Error
		if !errors.As(err, &refusal) || refusal.Code != proto.RateLimited || time.Since(began) > answerWithin {
			return err
		}
		sleep(ctx, time.Second)
	}
}

func (o *ownerLogins) String() string {
	return fmt.Sprintf("its owner logged in %d times, in %v at most, and was told %d times to wait", o.logins, o.slowest.Round(time.Millisecond), o.refused)
}
