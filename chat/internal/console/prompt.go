package console

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
func (c *Console) readLines() {
	next, ended, quitting := draft{}, 0, false
	for {
		c.history.apply(c.state)
		c.keyboard.giveTurn(next != draft{})
		text, err := c.state.PromptWithSuggestion(linerPrompt, next.text, next.pos)
		next = draft{}
		switch {
		case err == nil:
			ended++
			c.mirror.await(ended) // the line has gone from the screen
			next = c.enter(text)
			quitting = false
		case errors.Is(err, liner.ErrPromptAborted):
			ended++
			blank := c.mirror.await(ended)
			if d := c.keyboard.interim.Swap(nil); d != nil {
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
func (c *Console) enter(text string) draft {
	lines := strings.Split(entered(strings.TrimRight(text, string(breakStandIn))), "\n")
	line := Line{Text: strings.Join(lines, "\n")}
	if len(lines) > 1 {
		if !c.ask(fmt.Sprintf("Send %d lines? [y/N] ", len(lines)), false).yes {
			return draft{text, -1}
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
	return draft{}
}

func (c *Console) remember(line string) bool {
	if c.options.Remember != nil {
		return c.options.Remember(line)
	}
	return remembers(line)
}

// readPrinted reads what liner prints.
func (c *Console) readPrinted() {
	defer c.mirror.close()
	buf := make([]byte, 64<<10)
	for {
		n, err := c.takeover.fromLiner.Read(buf)
		if n > 0 && c.mirror.feed(buf[:n]) {
			c.display.change(func() {})
		}
		if err != nil {
			return
		}
	}
}
