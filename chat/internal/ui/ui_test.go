package ui

import (
	"errors"
	"io"
	"testing"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
)

// The client's end is the end of the ui.
func TestClientEnds(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.fakeClient.fail(client.ErrReplaced)
		close(s.fakeClient.events)
		if <-s.done; !errors.Is(s.err, client.ErrReplaced) {
			t.Errorf("Run ended with %v", s.err)
		}
	})
}

// A post that was entered before the client's end was seen is shown as not posted.
func TestEnteredAtEnd(t *testing.T) {
	for range 20 {
		play(t, "go", func(s *fixture) {
			s.atOnce(func() {
				s.fakeTerminal.lines <- prompt.Line{Text: "hello"}
				s.fakeClient.fail(client.ErrReplaced)
				close(s.fakeClient.events)
			})
			<-s.done
			s.sees("-- nobody is ignored", "! not posted to go: chat ended before it was sent", "!   hello")
		})
	}
}

// Prompt, status row and history are set when they change, and not otherwise.
func TestRefresh(t *testing.T) {
	play(t, "go", func(s *fixture) {
		drawn := func() (n int) {
			s.fakeTerminal.with(func() { n, s.fakeTerminal.drawn = s.fakeTerminal.drawn, 0 })
			return n
		}
		drawn()
		s.tell(post("go", "bob", "hello"), client.Notice{Text: "hello"})
		s.enter("/ignore")
		if n := drawn(); n != 0 {
			t.Errorf("something was set %d times although nothing has changed", n)
		}
		s.enter("/join golf")
		s.join("golf")
		s.fakeTerminal.with(func() {
			if s.fakeTerminal.history != "golf" || s.fakeTerminal.prompt != "golf> " {
				t.Errorf("the history is that of %q, the prompt is %q", s.fakeTerminal.history, s.fakeTerminal.prompt)
			}
		})
		if n := drawn(); n != 4 { // the members are known after the room
			t.Errorf("something was set %d times", n)
		}
	})
}

// What has happened to the terminal is the end of the ui.
func TestTerminalEnds(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.fakeTerminal.err = io.ErrUnexpectedEOF
		close(s.fakeTerminal.lines)
		if <-s.done; !errors.Is(s.err, io.ErrUnexpectedEOF) {
			t.Errorf("Run ended with %v", s.err)
		}
	})
}
