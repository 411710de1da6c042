package jetstream_test

import (
	"errors"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

// TestLogIsNotFollowedFromACopyThatDisagrees: to try again is of no use.
func TestLogIsNotFollowedFromACopyThatDisagrees(t *testing.T) {
	t.Parallel()
	copy := newMemoryCopy()
	l := open(t, connect(t, natstest.Run(t, 1)), copy)
	defer l.Close()
	copy.setFail(func(*machine.Result) error { return machine.ErrDisagrees })
	for l.Health().Stopped == nil { // a heartbeat is applied
		<-time.After(time.Millisecond)
	}
	if err := l.Health().Stopped; !errors.Is(err, machine.ErrDisagrees) {
		t.Errorf("it is stopped by %v, want ErrDisagrees", err)
	}
	if v := backplane.Do(l, &backplane.Drop{Fold: "go"}); !errors.Is(v.Err, history.ErrFailed) {
		t.Errorf("a change: %v, want ErrFailed", v.Err)
	}
}
