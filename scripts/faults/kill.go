package main

import (
	"context"
	"time"
)

// runKill kills chatd under load, and sometimes while it starts.
func runKill(ctx context.Context, w *workspace) error {
	if err := w.build(ctx); err != nil {
		return err
	}
	data := w.path("data")
	if w.memory {
		data = ""
	}
	r := newRun(w, data)
	for r.rounds < w.rounds && !r.load.ledger.faulty() {
		if err := r.round(ctx); err != nil {
			return err
		}
		if r.moments.IntN(8) == 0 {
			if err := r.killWhileStarting(); err != nil {
				return err
			}
		}
		if r.rounds%checkEvery == 0 {
			r.check(ctx)
		}
	}
	return r.finish(ctx)
}

// killWhileStarting kills chatd a few milliseconds after its start.
func (r *run) killWhileStarting() error {
	d, err := r.launch(r.args...)
	if err != nil {
		return err
	}
	time.Sleep(between(r.moments, 0, 30*time.Millisecond))
	select {
	case <-d.Ended():
		r.load.ledger.fault(broken, "chatd ended during its start: %s", d.Output())
	default:
		d.Kill()
	}
	return nil
}
