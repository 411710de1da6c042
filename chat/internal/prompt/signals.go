package prompt

import (
	"os"
	"os/signal"
	"slices"
)

// A SignalError is Err's value after a signal has ended the input. The terminal
// has been restored then, and a second signal ends the process at once.
type SignalError struct {
	Signal os.Signal
	name   string
}

func (e *SignalError) Error() string { return "ended by " + e.name }

// handleSignals handles signals until the prompt is closed.
func (c *Prompt) handleSignals() {
	for {
		select {
		case s := <-c.signals:
			c.handleSignal(s)
		case <-c.closing:
			return
		}
	}
}

func (c *Prompt) handleSignal(s os.Signal) {
	switch {
	case s == resizedSignal:
		c.display.poke()
	case s == continued:
		select {
		case c.continued <- struct{}{}:
		default:
		}
		c.keyboard.wake()
	case slices.Contains(c.ends, s):
		signal.Reset(c.ends...) // a second one ends the process
		c.restore(&SignalError{Signal: s, name: signalName(s)})
	}
}

// attend does what a signal has asked of the keyboard's goroutine.
func (c *Prompt) attend() {
	select {
	case <-c.continued:
		c.resume()
	default:
	}
}
