package console

import (
	"errors"
	"fmt"
	"strings"

	"github.com/peterh/liner"
)

const (
	maxUnread = 256 // entered lines that wait for their receiver

	quitHint = "Ctrl-C once more, or Ctrl-D, ends."
)

// readLines has liner read lines, until that ends.
func (c *Console) readLines() {
	draft, ended, quitting := "", 0, false
	for {
		c.history.apply(c.state)
		c.keyboard.giveTurn(draft != "")
		text, err := c.state.PromptWithSuggestion(linerPrompt, draft, -1)
		draft = ""
		switch {
		case err == nil:
			ended++
			c.mirror.await(ended) // the line has gone from the screen
			draft = c.enter(text)
			quitting = false
		case errors.Is(err, liner.ErrPromptAborted):
			ended++
			blank := c.mirror.await(ended)
			if c.keyboard.interim.Swap(false) {
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
func (c *Console) enter(text string) (draft string) {
	lines := strings.Split(entered(strings.TrimRight(text, string(breakStandIn))), "\n")
	line := Line{Text: strings.Join(lines, "\n")}
	if len(lines) > 1 {
		if !c.ask(fmt.Sprintf("Send %d lines? [y/N] ", len(lines)), false).yes {
			return text
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
	return ""
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
