package prompt

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
	"github.com/peterh/liner"
)

// readLines has liner read lines until that ends, and shows in between what waits.
func (p *consolePrompt) readLines() {
	defer p.change(func() {}) // what waits now is for watch to show
	defer close(p.ended)
	defer close(p.lines)
	next, quitting := prefill{}, false
	for {
		text, err := p.edit(next)
		answer, blank := p.endLine(err)
		switch {
		case err == nil:
			p.enter(text)
			next, quitting = prefill{}, false
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

// edit shows what waits, and has liner edit a line.
func (p *consolePrompt) edit(next prefill) (text string, err error) {
	p.flush()
	p.history.apply(p.editor)
	label, ok := p.beginLine()
	if !ok {
		return "", io.EOF
	}
	defer func() {
		// liner's search takes bytes for characters, and panics in a line that
		// has fewer of these.
		if v := recover(); v != nil {
			p.console.Write("\n")
			p.Print(fmt.Sprintf("! the line is lost, for its editor has failed: %v", v))
			err = liner.ErrPromptAborted
		}
	}()
	return p.editor.PromptWithSuggestion(label, next.text, next.pos)
}

// flush prints what waits. liner edits no line.
func (p *consolePrompt) flush() {
	for {
		p.mu.Lock()
		lines := p.queue.Take(maxWritten)
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
	if p.ctx.Err() != nil {
		return "", false
	}
	p.shown.prompt = p.next.prompt
	if columns < minColumns {
		return "> ", true
	}
	p.width = min(heldColumns+runewidth.StringWidth(p.shown.prompt), columns/2)
	return promptLabel(0, p.shown.prompt, p.width), true
}

// endLine erases the line that liner has left, with such an error. It returns what
// liner has told of it when it was interrupted, nil if it was not, and whether
// there is nothing but the Ctrl-C that has ended it.
func (p *consolePrompt) endLine(err error) (answer *prefill, blank bool) {
	aborted := errors.Is(err, liner.ErrPromptAborted)
	p.mu.Lock()
	answer, width := p.answer, p.width
	p.answer, p.width = nil, 0
	if aborted && answer != nil {
		p.asked = false // else Tab and Ctrl-C come to the next line
	}
	p.mu.Unlock()
	if err != nil && !aborted {
		p.console.Erase(0)
		return nil, false
	}
	blank = strings.TrimSpace(p.console.Text(1, width)) == "^C"
	p.console.Erase(1)
	return answer, blank
}

// enter delivers a line.
func (p *consolePrompt) enter(text string) {
	if p.options.Remember == nil || p.options.Remember(text) {
		p.history.add(text)
	}
	select {
	case p.lines <- Line{Text: text}:
	case <-p.ctx.Done():
	}
}

// complete is asked by liner when Tab is typed, by a person or by interrupt.
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
	return p.options.Complete(line, pos)
}
