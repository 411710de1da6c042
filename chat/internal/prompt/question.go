//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"strings"

	"linechat/chat/internal/screen"
)

// answerTo takes a key for the answer to a question, if it is one.
func answerTo(k key) (yes, ok bool) {
	switch {
	case k.kind == enter || k.kind == escape || k.kind == interrupt:
		return false, true
	case k.kind == typed && strings.EqualFold(k.text, "n"):
		return false, true
	case k.kind == typed && strings.EqualFold(k.text, "y"):
		return true, true
	}
	return false, false
}

// ask shows a question in place of the prompt and waits for y or n, which it
// reports as true or false; Enter, Escape and Ctrl-C are no, too, and other
// keys are passed over. It is false once the input has ended.
func (p *editor) ask(question string) (yes bool) {
	answer := make(chan bool, 1)
	p.keyboard.answer.Store(&answer) // before the question can be seen
	p.terminal.Wake()
	p.screen.Cover(question, &screen.Line{})
	defer p.screen.Uncover()
	select {
	case yes = <-answer:
	case <-p.ctx.Done():
	}
	return yes
}
