package machine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
)

func TestOutcomes(t *testing.T) {
	l := newLog(t) // epoch 1 has had the records 1 and 2
	heartbeat := &backplane.Heartbeat{Speaks: 1}
	for _, test := range []struct {
		what     string
		epoch, n uint64
		want     machine.Outcome
	}{
		{"a repeat", 1, 2, machine.Dup},
		{"the first record again", 1, 1, machine.Dup},
		{"a record after one that is missing", 1, 4, machine.Hole},
		{"the missing record", 1, 3, machine.Applied},
		{"the record that came too early", 1, 4, machine.Applied},
		{"an epoch that has not begun", 2, 2, machine.Fenced},
		{"an epoch that begins", 2, 1, machine.Applied},
		{"no epoch", 0, 1, machine.Malformed},
	} {
		before := l.Count(test.want)
		if res := l.apply(test.epoch, test.n, heartbeat); res.Outcome != test.want {
			t.Errorf("%s: outcome %d, want %d", test.what, res.Outcome, test.want)
		}
		if l.Count(test.want) != before+1 {
			t.Errorf("%s is not counted", test.what)
		}
	}
}

// What Apply refuses changes nothing: the record, once it can be read, is applied to the same.
func TestApplyRefuses(t *testing.T) {
	l := newLog(t)
	before := machine.Dump(l.State)
	record := (&machine.Record{Epoch: 1, N: 3, Items: []backplane.Change{&backplane.Heartbeat{}}}).Append(nil)
	newer := append([]byte{machine.Version + 1}, record[1:]...)
	for _, test := range []struct {
		seq    uint64
		record []byte
		want   error
	}{
		{2, record, machine.ErrPosition}, {4, record, machine.ErrPosition}, {3, newer, machine.ErrVersion},
	} {
		if _, err := l.Apply(test.seq, l.now, test.record); !errors.Is(err, test.want) || machine.Dump(l.State) != before {
			t.Errorf("at position %d: %v, want %v", test.seq, err, test.want)
		}
	}
}

func TestSilentEpochsEnd(t *testing.T) {
	l := newLog(t)
	for _, epoch := range []uint64{9, 5, 7} {
		l.begin(epoch)
		l.publish(epoch, &backplane.Nick{Session: 3, Name: nick("nick" + string('a'+rune(epoch)))})
	}
	l.wait(4 * time.Second)
	l.publish(7, &backplane.Heartbeat{})
	l.wait(3*time.Second - 1)
	if got := l.Epochs(); !slices.Equal(got, []uint64{1, 5, 7, 9}) {
		t.Fatalf("just before 7 s the epochs are %v", got)
	}
	l.now = l.now.Add(1)
	res := l.publish(1, &backplane.Heartbeat{})
	if !slices.Equal(res.Ended, []uint64{5, 9}) || !slices.Equal(l.Epochs(), []uint64{1, 7}) {
		t.Errorf("after 7 s %v end, and %v live", res.Ended, l.Epochs())
	}
	if left := l.Present(); len(left) != 1 || left[0].Epoch != 7 {
		t.Errorf("sessions that are left: %+v", left)
	}
	if res := l.apply(5, 3, &backplane.Heartbeat{}); res.Outcome != machine.Fenced {
		t.Errorf("a record of an epoch that has ended: outcome %d", res.Outcome)
	}
}

// A minute without records, a clock that is set back or forward: none of it is time in which
// a machine could have been heard.
func TestLogTimeStandsStill(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	before := l.LogTime()
	for _, step := range []time.Duration{time.Minute, -time.Hour, 3*time.Second + 1, 0, -1} {
		l.now = l.now.Add(step)
		if res := l.publish(1, &backplane.Heartbeat{}); len(res.Ended) > 0 || l.LogTime() != before {
			t.Errorf("after %v log time is %v later, and %v end", step, l.LogTime()-before, res.Ended)
		}
	}
	l.now = l.now.Add(3 * time.Second)
	if l.publish(1, &backplane.Heartbeat{}); l.LogTime() != before+3*time.Second {
		t.Errorf("after 3 s log time is %v later", l.LogTime()-before)
	}
}

func TestEndEpoch(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	l.publish(2, &backplane.Nick{Session: 3, Name: nick("bob")})
	if res := l.publish(2, &backplane.End{Session: 4}, &backplane.EndEpoch{}); len(res.Ended) > 0 || !slices.Equal(l.Epochs(), []uint64{1}) || len(l.Present()) > 0 {
		t.Errorf("there are the epochs %v, with %+v", l.Epochs(), l.Present())
	}
	if res := l.apply(2, 4, &backplane.Heartbeat{}); res.Outcome != machine.Fenced {
		t.Errorf("a record after the end: outcome %d", res.Outcome)
	}
}

// An epoch that has ended is remembered for an hour, in which even its first record cannot
// begin it again.
func TestEndedEpochsAreForgotten(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	l.publish(2, &backplane.EndEpoch{})
	l.wait(time.Hour - time.Second)
	if res := l.apply(2, 1, &backplane.Heartbeat{}); res.Outcome != machine.Fenced {
		t.Errorf("within the hour: outcome %d", res.Outcome)
	}
	l.wait(time.Second)
	if res := l.apply(2, 2, &backplane.Heartbeat{}); res.Outcome != machine.Fenced {
		t.Errorf("after it the second record: outcome %d", res.Outcome)
	}
	if res := l.apply(2, 1, &backplane.Heartbeat{}); res.Outcome != machine.Applied {
		t.Errorf("after it the first record: outcome %d", res.Outcome)
	}
}
