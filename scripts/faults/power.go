package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"syscall"
)

// keeps are the probabilities with which a page that was not synced survives a
// power cut. Each cut uses the next one.
var keeps = []float64{0, 0.3, 0.5, 0.95}

const pageBytes = 4096

// An image is the files of a disk without power, by their paths. Those of directories, which
// have no content, end in a slash.
type image map[string][]byte

// A machine is a disk whose power can be cut.
type machine struct {
	*disk
	workspace *workspace
	coin      *rand.Rand
	cuts      int
}

// newMachine mounts an empty disk at a directory, which it makes. The purpose is that of its
// random numbers.
func newMachine(w *workspace, dir string, purpose uint64) (*machine, error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	m := &machine{workspace: w, coin: w.random(purpose)}
	err := m.mount(dir, nil)
	if errors.Is(err, syscall.EPERM) {
		err = skipped{"mounting a file system: " + err.Error()}
	}
	return m, err
}

// mount mounts the disk with these files.
func (m *machine) mount(dir string, files image) (err error) {
	if m.disk, err = mount(dir, files); err == nil {
		m.ignoreFsync = m.workspace.ignoreFsync
	}
	return err
}

// cutPower mounts the disk anew with what survives a power cut. No process may have
// files of it open.
func (m *machine) cutPower() error {
	left := m.cut(m.coin, keeps[m.cuts%len(keeps)])
	m.cuts++
	if err := m.unmount(); err != nil {
		return err
	}
	return m.mount(m.dir, left)
}

// runPower cuts the power under load.
func runPower(ctx context.Context, w *workspace) (err error) {
	if err := canMount(); err != nil {
		return err
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	m, err := newMachine(w, w.path("disk"), forPages)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.unmount()) }()
	r := newRun(w, m.dir)
	for r.rounds < w.rounds && !r.load.ledger.faulty() {
		if err := r.round(ctx); err != nil {
			return err
		}
		if err := m.cutPower(); err != nil {
			return err
		}
		if r.rounds%checkEvery == 0 {
			r.check(ctx)
		}
	}
	return r.finish(ctx, column{"cuts", m.cuts})
}
