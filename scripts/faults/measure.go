package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"linechat/scripts/harness"
)

// A measurement is one run of one attack on a fresh chatd.
type measurement struct {
	*workspace
	attack  attack
	dir     string
	daemon  *harness.Chatd
	target  *target
	crowd   *crowd
	visitor *visitor

	before, sunk, attacked, after span
	outcome                       string
}

// measure runs one attack, with chatd's files in a new directory.
func (w *workspace) measure(ctx context.Context, a attack, dir string) (f figures, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return f, err
	}
	m := &measurement{workspace: w, attack: a, dir: dir}
	w.progress.Show("%s: preparing", a.name)
	if a.library {
		if err := w.fillLibrary(ctx, dir); err != nil {
			return f, err
		}
	}
	flags, err := w.exposed(ctx)
	if err != nil {
		return f, err
	}
	if m.daemon, err = harness.StartChatd(w.chatd, dir, "127.0.0.1:0", flags...); err != nil {
		return f, err
	}
	defer m.daemon.Kill()
	if err := m.run(ctx); err != nil {
		return f, fmt.Errorf("%w; chatd printed:\n%s", err, m.daemon.Output())
	}
	return m.figures()
}

// adminSocket returns the admins' socket of the chatd that has its files in a directory.
func adminSocket(dir string) string { return filepath.Join(dir, "data", "admin.sock") }

// run has the crowd talk before, during and after the attack, and before that while the
// attack is made on a sink.
func (m *measurement) run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	m.target = &target{options: m.options, address: m.daemon.Address, admin: adminSocket(m.dir)}
	strike, err := m.attack.prepare(ctx, m.target)
	if err != nil {
		return err
	}
	m.visitor = &visitor{target: m.target}
	if err := m.visitor.settle(ctx); err != nil {
		return err
	}
	if m.crowd, err = gather(ctx, m.target); err != nil {
		return err
	}
	m.crowd.begin(fail)
	m.progress.Show("%s: %s", m.attack.name, m.attack.what)
	err = m.phases(ctx, strike)
	m.crowd.end()
	if err := errors.Join(err, context.Cause(ctx)); err != nil {
		return err
	}
	return m.visitor.lookBack(ctx)
}

// phases is what happens while the crowd talks.
func (m *measurement) phases(ctx context.Context, strike strike) (err error) {
	if m.attack.flood != nil {
		if m.sunk = m.crowd.during(func() { _, err = strike(ctx, "") }); err != nil {
			return err
		}
	}
	m.before = m.crowd.during(func() { sleep(ctx, m.calm) })
	var visiting sync.WaitGroup
	over := make(chan struct{})
	visiting.Go(func() { m.visitor.repeat(ctx, over) })
	m.attacked = m.crowd.during(func() { m.outcome, err = strike(ctx, m.target.address) })
	close(over)
	m.after = m.crowd.during(func() { sleep(ctx, m.calm) })
	visiting.Wait()
	return err
}
