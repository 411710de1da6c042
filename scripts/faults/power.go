package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"syscall"
)

// keeps are the probabilities with which a page that was not synced survives a
// power cut; cuts take turns with them.
var keeps = []float64{0, 0.3, 0.5, 0.95}

const pageBytes = 4096

// An image is the files of a disk without power.
type image map[string][]byte

// A machine is a disk whose power can be cut.
type machine struct {
	*disk
	scene *scene
	coin  *rand.Rand
	cuts  int
}

// newMachine mounts an empty disk.
func newMachine(s *scene) (*machine, error) {
	dir := s.path("disk")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	m := &machine{scene: s, coin: s.random(forPages)}
	err := m.mount(dir, nil)
	if errors.Is(err, syscall.EPERM) {
		err = skipped{"mounting a file system: " + err.Error()}
	}
	return m, err
}

// mount mounts a disk with those files.
func (m *machine) mount(dir string, files image) (err error) {
	if m.disk, err = mount(dir, files); err == nil {
		m.ignoreFsync = m.scene.ignoreFsync
	}
	return err
}

// cutPower leaves what a power cut leaves. Nothing may be running on the disk.
func (m *machine) cutPower() error {
	left := m.cut(m.coin, keeps[m.cuts%len(keeps)])
	m.cuts++
	if err := m.unmount(); err != nil {
		return err
	}
	return m.mount(m.dir, left)
}

// runPower cuts the power under load.
func runPower(ctx context.Context, s *scene) (err error) {
	if err := canMount(); err != nil {
		return err
	}
	if err := s.build(ctx); err != nil {
		return err
	}
	m, err := newMachine(s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.unmount()) }()
	c := newCampaign(s, m.dir)
	for c.rounds < s.rounds && !c.load.ledger.faulty() {
		if err := c.round(ctx); err != nil {
			return err
		}
		if err := m.cutPower(); err != nil {
			return err
		}
		if c.rounds%checkEvery == 0 {
			c.check(ctx)
		}
	}
	return c.finish(ctx, column{"cuts", m.cuts})
}
