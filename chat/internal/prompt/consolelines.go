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
	ClearHistory()
	AppendHistory(entry string)
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
			p.deliver(Line{Text: entered(text)})
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
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return "", false
	}
	p.edited = p.prompt
	if columns < minColumns {
		return "> ", true
	}
	p.width = min(heldColumns+runewidth.StringWidth(p.prompt), columns/2)
	return promptLabel(0, p.prompt, p.width), true
}

// endLine deals with the line that liner has left, with such an error: it has
// watch erase it, and show what waits. It returns what liner has told of the line
// when it was interrupted, nil if it was not, and whether there is nothing but the
// Ctrl-C that has ended it.
func (p *consolePrompt) endLine(err error) (answer *prefill, blank bool) {
	aborted := errors.Is(err, liner.ErrPromptAborted)
	p.mu.Lock()
	answer, width := p.answer, p.width
	p.answer, p.width = nil, 0
	if aborted && answer != nil {
		p.asked = false // else Tab and Ctrl-C come to the next line
	}
	p.mu.Unlock()
	row := 1
	if err != nil && !aborted {
		row = 0
	}
	blank = strings.TrimSpace(p.console.Text(row, width)) == "^C"
	select {
	case p.paused <- row:
		<-p.resume
	case <-p.ctx.Done():
		p.watched.Wait()
		p.console.Erase(row)
	}
	return answer, blank
}

// complete is asked by liner when Tab is typed, by a person or by interrupt. Before
// the Tab of interrupt has come, a person's is taken for it, and completes nothing.
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
