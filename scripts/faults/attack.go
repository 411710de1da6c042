package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"linechat/scripts/harness"
)

// An attack is what strangers do to a chatd that others talk through meanwhile.
type attack struct {
	name string
	what string

	// prepare returns what is measured: strike attacks, and returns what came of it. An
	// error of either is what chatd must not do.
	prepare func(ctx context.Context, t *target) (strike func() (outcome string, err error), err error)
}

var attacks = []attack{
	{"login-wrong", "LOGINs at once, each from an address of its own, with a wrong password", loginsAtOnce("wrong horse")},
	{"login-right", "the same with the right password", loginsAtOnce(password)},
	{"guess-1-1", "guesses of one address at one account", guesses(1, 1)},
	{"guess-1-100", "guesses of one address at a hundred accounts", guesses(1, 100)},
	{"guess-100-1", "guesses of a hundred addresses at one account", guesses(100, 1)},
	{"guess-100-100", "guesses of a hundred addresses at a hundred accounts", guesses(100, 100)},
}

// chosen returns the attacks that were named, or all.
func (o *options) chosen() (all []attack, err error) {
	if len(o.attacks) == 0 {
		return attacks, nil
	}
	for _, name := range o.attacks {
		a, err := findAttack(name)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

func findAttack(name string) (attack, error) {
	for _, a := range attacks {
		if a.name == name {
			return a, nil
		}
	}
	return attack{}, fmt.Errorf("there is no attack %s", name)
}

// runAttack runs each attack on a fresh chatd.
func runAttack(ctx context.Context, w *workspace) error {
	if runtime.GOOS != "linux" {
		return skipped{"the attackers come from 127.0.0.2 and the addresses after it, which only Linux has without more ado"}
	}
	all, err := w.chosen()
	if err != nil {
		return err
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	for n := range w.rounds {
		for _, a := range all {
			if err := w.attack(ctx, a, w.path(fmt.Sprintf("%s-%d", a.name, n))); err != nil {
				return fmt.Errorf("%s: %w", a.name, err)
			}
		}
	}
	return nil
}

// attack runs one attack, with chatd's files in a new directory, and reports how long the
// crowd's posts took before, during and after it.
func (w *workspace) attack(ctx context.Context, a attack, dir string) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	w.progress.Show("%s: preparing", a.name)
	daemon, err := harness.StartChatd(w.chatd, dir, "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer daemon.Kill()
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	t := &target{w.options, daemon.Address, filepath.Join(dir, "data", "admin.sock")}
	strike, err := a.prepare(ctx, t)
	if err != nil {
		return err
	}
	c, err := gather(ctx, t)
	if err != nil {
		return err
	}
	c.begin(fail)
	w.progress.Show("%s: %s", a.name, a.what)
	sleep(ctx, w.calm)
	from := c.posts()
	outcome, err := strike()
	to := c.posts()
	sleep(ctx, w.calm)
	c.end()
	if err := errors.Join(err, context.Cause(ctx)); err != nil {
		return fmt.Errorf("%w; chatd printed:\n%s", err, daemon.Output())
	}
	w.printf("%-13s p99 %s ms before, %s during, %s after; %s\n",
		a.name, ms(c.p99(0, from)), ms(c.p99(from, to)), ms(c.p99(to, c.posts())), outcome)
	return nil
}

func ms(d time.Duration) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond)), ".0")
}
