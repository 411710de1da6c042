package clienttest_test

import (
	"context"
	"errors"
	"testing"

	"linechat/chat/client"
	"linechat/chat/client/clienttest"
)

// TestEndedContext: a call whose context has ended does nothing, every time.
func TestEndedContext(t *testing.T) {
	play(t, func(t *testing.T, s *clienttest.Server, alice *client.Client) {
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(enough)
		for range 100 {
			if _, err := alice.Post(ctx, "go", "x"); !errors.Is(err, enough) {
				t.Fatalf("Post: %v", err)
			}
			if _, err := alice.PostAsync(ctx, "go", "x"); !errors.Is(err, enough) {
				t.Fatalf("PostAsync: %v", err)
			}
			c, err := client.Dial(ctx, s.Config("bob"))
			if !errors.Is(err, enough) || !errors.Is(err, client.ErrConnect) {
				t.Fatalf("Dial: %v, %v", c, err)
			}
		}
		if seq, err := alice.Post(t.Context(), "go", "the first"); seq != 1 || err != nil {
			t.Errorf("the first post has number %d, %v", seq, err)
		}
	})
}
