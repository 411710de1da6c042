package jetstream_test

import (
	"errors"
	"testing"

	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane/jetstream/natstest"
)

func TestLeaderHasEveryRecord(t *testing.T) {
	t.Parallel()
	c := connect(t, natstest.Run(t, 3))
	if _, err := c.LeaderEntry(t.Context(), 1); !errors.Is(err, js.ErrMsgNotFound) {
		t.Fatalf("a record that there is not: %v", err)
	}
	for {
		if err := c.Publish([]byte("record")); err != nil { // and again: a server may not know yet who takes it
			t.Fatal(err)
		}
		data, err := c.LeaderEntry(t.Context(), 1)
		if errors.Is(err, js.ErrMsgNotFound) {
			continue // it is on its way
		}
		if string(data) != "record" || err != nil {
			t.Errorf("record 1 is %q, %v", data, err)
		}
		return
	}
}
