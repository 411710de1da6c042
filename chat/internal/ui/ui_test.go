package ui

import (
	"errors"
	"testing"

	"linechat/chat/client"
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
