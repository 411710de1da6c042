package machine_test

import (
	"errors"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/backplane/machine/machinetest"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// A log is a state and its copy, which take what the machine of epoch 1 publishes, and more.
type log struct {
	testing.TB
	*machine.State
	copy machinetest.Copy
	now  time.Time
	n    map[uint64]uint64 // of each epoch the last record
}

// newLog returns a log with settings, in which epoch 1 has begun.
func newLog(t testing.TB) *log {
	l := &log{TB: t, State: machine.New(), now: machinetest.Start, n: map[uint64]uint64{}}
	l.begin(1)
	l.do(&backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 100}})
	return l
}

// begin has an epoch begin.
func (l *log) begin(epoch uint64) {
	l.Helper()
	l.publish(epoch, &backplane.Heartbeat{Speaks: machine.Version})
}

// publish has an epoch's next record applied, of which something must come.
func (l *log) publish(epoch uint64, changes ...backplane.Change) machine.Result {
	l.Helper()
	l.n[epoch]++
	res := l.apply(epoch, l.n[epoch], changes...)
	if res.Outcome != machine.Applied {
		l.Fatalf("record %d of epoch %d: outcome %d", l.n[epoch], epoch, res.Outcome)
	}
	return res
}

// apply has a record applied.
func (l *log) apply(epoch, n uint64, changes ...backplane.Change) machine.Result {
	l.Helper()
	r := machine.Record{Epoch: epoch, N: n, Items: changes}
	res, err := l.Apply(l.Applied()+1, l.now, r.Append(nil))
	if err != nil {
		l.Fatal(err)
	}
	if err := l.copy.Apply(res); err != nil {
		l.Fatal(err)
	}
	return res
}

// do has a change of epoch 1 made, and returns what came of it.
func (l *log) do(c backplane.Change) machine.Item {
	l.Helper()
	return l.publish(1, c).Items[0]
}

// want has a change of epoch 1 made, of which an error is to come, or nil.
func (l *log) want(want error, c backplane.Change) machine.Item {
	l.Helper()
	item := l.do(c)
	if !errors.Is(item.Verdict.Err, want) {
		l.Errorf("%T %+v: %v, want %v", c, c, item.Verdict.Err, want)
	}
	return item
}

// makeRoom makes a room, and returns the fold of its name.
func (l *log) makeRoom(s string) string {
	l.Helper()
	name := room(s)
	l.want(nil, &backplane.Create{Room: history.Room{Name: name}})
	return name.Fold
}

// wait has so much log time pass, while epoch 1 says every second that it lives.
func (l *log) wait(d time.Duration) {
	l.Helper()
	for ; d > 0; d -= time.Second {
		l.now = l.now.Add(min(d, time.Second))
		l.do(&backplane.Heartbeat{Speaks: machine.Version})
	}
}

func room(s string) proto.Name { return must(proto.ParseRoom(s)) }
func nick(s string) proto.Name { return must(proto.ParseNick(s)) }

func must(name proto.Name, err error) proto.Name {
	if err != nil {
		panic(err)
	}
	return name
}
