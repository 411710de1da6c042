package machine_test

import (
	"testing"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
)

// The first settings say which chat it is, and with which key all machines hash.
func TestSettings(t *testing.T) {
	l := &log{TB: t, State: machine.New(), n: map[uint64]uint64{}}
	l.begin(1)
	first := backplane.Settings{Chat: [16]byte{1}, OriginKey: [32]byte{2}, Limits: backplane.Limits{MaxRooms: 3}}
	l.want(backplane.ErrOtherChat, &backplane.Settings{Limits: backplane.Limits{MaxRooms: 3}})
	l.want(nil, &first)
	l.want(backplane.ErrOtherChat, &backplane.Settings{Chat: [16]byte{4}, Limits: backplane.Limits{MaxRooms: 4}})
	l.want(nil, &backplane.Settings{Chat: first.Chat, OriginKey: [32]byte{5}, Limits: backplane.Limits{MaxRooms: 5}})
	first.MaxRooms = 5
	if got := l.Settings(); got != first {
		t.Errorf("settings are %+v, want %+v", got, first)
	}
}

// A newer version of records follows once all epochs read it.
func TestVersion(t *testing.T) {
	l := newLog(t)
	l.begin(2)
	speak := func(epoch uint64, version uint8) { l.publish(epoch, &backplane.Heartbeat{Speaks: version}) }
	speak(1, 3)
	l.want(backplane.ErrNotSpoken, &backplane.SetVersion{Version: 2})
	speak(2, 2)
	l.want(backplane.ErrNotSpoken, &backplane.SetVersion{Version: 3})
	for _, version := range []uint8{2, 1} { // which does not lead back
		l.want(nil, &backplane.SetVersion{Version: version})
		if got := machine.VersionOf(l.State); got != 2 {
			t.Errorf("after version %d it is %d", version, got)
		}
	}
}
