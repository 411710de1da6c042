package prompt

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/peterh/liner"
)

// A lineEditor is liner's State.
type lineEditor interface {
	PromptWithSuggestion(prompt, text string, pos int) (string, error)
	ClearHistory()
	AppendHistory(entry string)
}

// errEditor: liner's search takes bytes for characters, and panics in a line that
// has fewer of these.
var errEditor = errors.New("the line is lost, its editor has failed")

// readLines has liner read lines until that ends, and prints in between.
func (p *consolePrompt) readLines() {
	defer p.change(func() {})
	defer close(p.ended)
	defer close(p.lines)
	next, quitting := prefill{}, false
	for {
		text, err := p.edit(next)
		aborted := errors.Is(err, liner.ErrPromptAborted)
		answer, width := p.endLine(aborted)
		next = prefill{}
		switch {
		case err == nil:
			p.console.Erase(1)
			p.enter(text)
			quitting = false
		case aborted && answer != nil:
			p.console.Erase(1)
			next = *answer
		case aborted:
			blank := strings.TrimSpace(p.console.Text(1, width)) == "^C"
			p.console.Erase(1)
			if blank && quitting {
				return
			}
			if quitting = blank; quitting {
				p.Print(quitHint)
			}
		case errors.Is(err, errEditor):
			p.console.Erase(0)
			p.Print(fmt.Sprintf("! %v", err))
		default:
			p.console.Erase(0)
			p.fail(err)
			return
		}
	}
}

// edit has liner edit a line, when all that waits is shown.
func (p *consolePrompt) edit(next prefill) (string, error) {
	p.flush()
	p.history.apply(p.editor)
	label, ok := p.beginLine()
	if !ok {
		return "", io.EOF
	}
	return p.ask(label, next)
}

// ask has liner ask for a line.
func (p *consolePrompt) ask(label string, next prefill) (text string, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", errEditor, v)
		}
	}()
	return p.editor.PromptWithSuggestion(label, next.text, next.pos)
}

// flush prints what waits. liner edits no line.
func (p *consolePrompt) flush() {
	for {
		p.mu.Lock()
		lines := p.queue.take(maxKept)
		p.mu.Unlock()
		if len(lines) == 0 {
			return
		}
		p.console.Write(strings.Join(lines, "\n") + "\n")
	}
}

// beginLine returns the prompt of the next line, unless there is to be none.
func (p *consolePrompt) beginLine() (label string, ok bool) {
	_, columns := p.console.Cursor()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now.prompt = p.next.prompt
	switch {
	case p.closed:
		return "", false
	case columns < minColumns:
		return "> ", true
	}
	p.width = min(heldColumns+textWidth(p.now.prompt), columns/2)
	return promptLabel(0, p.now.prompt, p.width), true
}

// endLine returns what liner has told of the line that it has ended, and the
// width of its prompt.
func (p *consolePrompt) endLine(aborted bool) (answer *prefill, width int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, width = p.answer, p.width
	p.answer, p.width = nil, 0
	if aborted && answer != nil {
		p.asked = false // else Tab and Ctrl-C come to the next line
	}
	return answer, width
}

// enter delivers a line.
func (p *consolePrompt) enter(text string) {
	if p.options.Remember == nil || p.options.Remember(text) {
		p.history.add(text)
	}
	select {
	case p.lines <- Line{Text: text}:
	case <-p.closing:
	}
}

// complete is asked by liner when Tab is pressed, by a person or by interrupt.
func (p *consolePrompt) complete(line string, pos int) (head string, candidates []string, tail string) {
	p.mu.Lock()
	asked := p.asked
	if asked {
		p.answer = &prefill{line, pos}
	}
	p.mu.Unlock()
	if asked || p.options.Complete == nil {
		return line, nil, ""
	}
	head, candidates, tail = p.options.Complete(line, pos)
	return head, choose(candidates, pos-utf8.RuneCountInString(head)), tail
}

func (p *consolePrompt) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !errors.Is(err, io.EOF) && !p.closed {
		p.err = err
	}
}
