package prompt

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/peterh/liner"
)

// A lineEditor is liner's State.
type lineEditor interface {
	PromptWithSuggestion(prompt, text string, pos int) (string, error)
	PasswordPrompt(prompt string) (string, error)
	historyKeeper
}

// readLines has liner read lines until that ends.
func (p *consolePrompt) readLines() {
	defer close(p.ended)
	defer close(p.lines)
	next, quitting := prefill{}, false
	for {
		text, err := p.edit(next)
		answer, blank := p.endLine(err)
		switch {
		case err == nil:
			next, quitting = p.enter(text), false
		case !errors.Is(err, liner.ErrPromptAborted):
			if !errors.Is(err, io.EOF) {
				p.cancel(err)
			}
			return
		case answer != nil:
			next = *answer
		case blank && quitting:
			return
		default:
			next, quitting = prefill{}, blank
			if blank {
				p.Print(quitHint)
			}
		}
	}
}

// enter delivers a line. It returns it if it is to be edited on.
func (p *consolePrompt) enter(text string) prefill {
	line := Line{Text: entered(text)}
	if !p.addSecret(&line, p.askSecret) {
		return prefill{text, -1}
	}
	p.deliver(line)
	return prefill{}
}

// askSecret has liner ask for what is not shown. Lines are held meanwhile.
func (p *consolePrompt) askSecret(question string) (secret string, ok bool) {
	secret, err := p.liner.PasswordPrompt(question)
	p.endLine(err)
	return secret, err == nil
}

// edit has liner edit a line.
func (p *consolePrompt) edit(next prefill) (text string, err error) {
	p.history.apply(p.liner)
	label, ok := p.beginLine()
	if !ok {
		return "", io.EOF
	}
	defer func() {
		// liner's search takes byte offsets for those of characters, and may panic
		// in a line that is not ASCII.
		if v := recover(); v != nil {
			p.console.Write("\n")
			p.Print(fmt.Sprintf("! the line is lost, for its editor has failed: %v", v))
			err = liner.ErrPromptAborted
		}
	}()
	return p.liner.PromptWithSuggestion(label, next.text, next.pos)
}

// beginLine returns the prompt of the next line, unless there is to be none.
func (p *consolePrompt) beginLine() (label string, ok bool) {
	_, columns := p.console.Cursor()
	p.mu.Lock()
	prompt := p.prompt
	p.mu.Unlock()
	width := 0
	if label = "> "; columns >= minColumns {
		width = min(heldColumns+runewidth.StringWidth(prompt), columns/2)
		label = promptLabel(0, prompt, width)
	}
	p.do(func() {
		if ok = p.ctx.Err() == nil; ok {
			p.line.prompt, p.line.width = prompt, width
		}
	})
	return label, ok
}

// endLine erases the line that liner has left, with such an error, and shows what
// waits. It returns what liner has told of the line when it was interrupted, nil if
// it was not, and whether there is nothing but the Ctrl-C that has ended it.
func (p *consolePrompt) endLine(err error) (answer *prefill, blank bool) {
	aborted, row := errors.Is(err, liner.ErrPromptAborted), 0
	if aborted || err == nil {
		row = 1
	}
	p.do(func() {
		answer, blank = p.line.answer, strings.TrimSpace(p.console.Text(row, p.line.width)) == "^C"
		p.line.answer, p.line.width = nil, 0
		if aborted && answer != nil {
			p.line.asked = false // else Tab and Ctrl-C come to the next line
		}
		p.console.Erase(row)
		p.flush()
		p.again = nil
	})
	return answer, blank
}

// complete is asked by liner when Tab is typed, by a person or by interrupt. Before
// the Tab of interrupt has come, a person's is taken for it, and completes nothing.
func (p *consolePrompt) complete(line string, pos int) (head string, candidates []string, tail string) {
	var asked bool
	p.do(func() {
		if asked = p.line.asked; asked {
			p.line.answer = &prefill{line, pos}
		}
	})
	if asked || p.options.Complete == nil {
		return line, nil, ""
	}
	return p.options.Complete(line, pos)
}
