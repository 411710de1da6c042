//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/peterh/liner"

	"linechat/chat/internal/screen"
)

// readLines has liner read lines, until that ends.
func (p *editor) readLines() {
	next, quitting := prefill{}, false
	for {
		p.history.apply(p.liner)
		p.keyboard.lineStarted(next != prefill{})
		text, err := p.liner.PromptWithSuggestion(linerPrompt, next.text, next.pos)
		if err != nil && !errors.Is(err, liner.ErrPromptAborted) {
			return // the end of the input
		}
		blank := <-p.lineEnded // now it has gone from the screen
		next = prefill{}
		switch restart := p.keyboard.restartWith.Swap(nil); {
		case err == nil:
			next = p.enter(text)
			quitting = false
		case restart != nil:
			next = *restart
		case blank && quitting:
			return
		default:
			if quitting = blank; quitting {
				p.Print(quitHint)
			}
		}
	}
}

// enter delivers a line. It returns it if it is to be edited on.
func (p *editor) enter(text string) prefill {
	lines := strings.Split(entered(strings.TrimRight(text, string(breakPlaceholder))), "\n")
	line := Line{Text: strings.Join(lines, "\n")}
	if len(lines) > 1 {
		if !p.ask(fmt.Sprintf("Send %d lines? [y/N] ", len(lines))) {
			return prefill{text, -1}
		}
		line.Paste = lines
	}
	if !p.addSecret(&line, p.askSecret) {
		return prefill{text, -1}
	}
	p.deliver(line)
	return prefill{}
}

// ask asks for y or n, which it reports as true or false; Enter, Escape and Ctrl-C are
// no, too, and other keys are passed over. It is false once the input has ended.
func (p *editor) ask(question string) (yes bool) {
	answer := make(chan bool, 1)
	defer p.showQuestion(question, func(k key) (done bool) {
		yes, done := answerTo(k)
		if done {
			answer <- yes
		}
		return done
	})()
	select {
	case yes = <-answer:
	case <-p.ctx.Done():
	}
	return yes
}

// askSecret asks for what is not shown. It is not ok if the person gives up, or the input
// has ended.
func (p *editor) askSecret(question string) (secret string, ok bool) {
	answer := make(chan *string, 1)
	defer p.showQuestion(question, (&secretInput{answer: answer}).press)()
	select {
	case typed := <-answer:
		if typed != nil {
			return *typed, true
		}
	case <-p.ctx.Done():
	}
	return "", false
}

// showQuestion shows a question in place of the prompt and gives press the keys, until it
// reports that it needs no more. Hide removes the question.
func (p *editor) showQuestion(question string, press func(key) (done bool)) (hide func()) {
	p.keyboard.question.Store(&press) // before it can be seen
	p.terminal.Wake()
	p.screen.Overlay(question, &screen.Line{})
	return p.screen.RemoveOverlay
}

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

// readOutput reads what liner prints.
func (p *editor) readOutput() {
	defer close(p.lineEnded)
	var output linerOutput
	buf := make([]byte, 64<<10)
	for {
		n, err := p.redirect.fromLiner.Read(buf)
		if err != nil {
			return
		}
		ended := output.feed(buf[:n])
		if output.phase == settled {
			p.screen.SetLine(output.line())
		}
		if ended {
			p.lineEnded <- output.blank // liner prints no more until it is received
		}
	}
}
