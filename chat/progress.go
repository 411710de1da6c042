package main

import (
	"fmt"
	"sync"
	"time"
)

// When progress is first shown, and how often then.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// A progress shows on a terminal how far a long batch has come.
type progress struct {
	done chan struct{}
	wg   sync.WaitGroup
}

func (b *batchPoster) startProgress() *progress {
	p := &progress{done: make(chan struct{})}
	if b.session.program.diag.terminal {
		p.wg.Go(func() { p.show(b) })
	}
	return p
}

func (p *progress) show(b *batchPoster) {
	pause := progressAfter
	for {
		select {
		case <-p.done:
			b.session.program.diag.setStatus("")
			return
		case <-time.After(pause):
		}
		pause = progressEvery
		b.mu.Lock()
		posted := b.posted
		b.mu.Unlock()
		b.session.program.diag.setStatus(fmt.Sprintf("%s posted to %s", lines(posted), b.room))
	}
}

func (p *progress) stop() {
	close(p.done)
	p.wg.Wait()
}
