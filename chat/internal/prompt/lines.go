package prompt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/peterh/liner"
)

const (
	maxUnread = 256 // entered lines that wait for their receiver

	quitHint = "Press Ctrl-C again, or Ctrl-D, to quit."
)

// readLines has liner read lines, until that ends.
func (c *Prompt) readLines() {
	next, ended, quitting := prefill{}, 0, false
	for {
		c.history.apply(c.state)
		c.keyboard.lineStarted(next != prefill{})
		text, err := c.state.PromptWithSuggestion(linerPrompt, next.text, next.pos)
		next = prefill{}
		switch {
		case err == nil:
			ended++
			c.printed.await(ended) // the line has gone from the screen
			next = c.enter(text)
			quitting = false
		case errors.Is(err, liner.ErrPromptAborted):
			ended++
			blank := c.printed.await(ended)
			if d := c.keyboard.restartWith.Swap(nil); d != nil {
				next = *d
				continue
			}
			if blank && quitting {
				return
			}
			if quitting = blank; quitting {
				c.Print(quitHint)
			}
		default: // the end of the input
			return
		}
	}
}

// enter delivers a line. It returns it if it is to be edited on.
func (c *Prompt) enter(text string) prefill {
	lines := strings.Split(entered(strings.TrimRight(text, string(breakPlaceholder))), "\n")
	line := Line{Text: strings.Join(lines, "\n")}
	if len(lines) > 1 {
		if !c.ask(fmt.Sprintf("Send %d lines? [y/N] ", len(lines)), false).yes {
			return prefill{text, -1}
		}
		line.Paste = lines
	}
	if c.remember(line.Text) {
		c.history.add(line.Text)
	}
	select {
	case c.lines <- line:
	case <-c.keyboard.ending:
	}
	return prefill{}
}

func (c *Prompt) remember(line string) bool {
	if c.options.Remember != nil {
		return c.options.Remember(line)
	}
	return remembers(line)
}

// readPrinted reads what liner prints.
func (c *Prompt) readPrinted() {
	defer c.printed.close()
	buf := make([]byte, 64<<10)
	for {
		n, err := c.redirect.fromLiner.Read(buf)
		if n > 0 && c.printed.feed(buf[:n]) {
			c.display.change(func() {})
		}
		if err != nil {
			return
		}
	}
}
