package main

import (
	"io"

	"linechat/scripts/harness"
)

// A progress shows which of the steps is under way.
type progress struct {
	*harness.Progress
	step, steps int
}

func newProgress(w io.Writer, steps int) *progress {
	return &progress{Progress: harness.NewProgress(w), steps: steps}
}

// next shows the step that begins.
func (p *progress) next(what string) {
	p.step++
	p.say(what)
}

// say shows how far the step has got.
func (p *progress) say(what string) { p.Show("%d/%d %s", p.step, p.steps, what) }
