package machine_test

import (
	"fmt"
	"testing"
	"time"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
)

func TestQuotas(t *testing.T) {
	l := newLog(t)
	l.want(nil, &backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 1000, CreatesPerHour: 1, RegistersPerHour: 1}})
	made := 0
	create := func(want error, origin uint64, of history.Owner) time.Duration {
		t.Helper()
		made++
		return l.want(want, &backplane.Create{Room: history.Room{Name: room(fmt.Sprint("room", made)), Owner: of}, Origin: origin}).Verdict.Wait
	}
	register := func(want error, origin uint64) {
		t.Helper()
		made++
		l.want(want, &backplane.CreateAccount{Account: account.Account{Name: nick(fmt.Sprint("nick", made))}, Origin: origin})
	}
	guest := history.Owner{Guest: true}
	for range backplane.CreatesAtOnce {
		create(nil, 7, guest)
	}
	if wait := create(backplane.ErrTooSoon, 7, guest); wait != time.Hour {
		t.Errorf("it is to wait %v", wait)
	}
	create(nil, 8, guest)
	for range backplane.CreatesAtOnce * backplane.OfAccounts {
		create(nil, 9, history.Owner{Account: 1})
	}
	create(backplane.ErrTooSoon, 9, history.Owner{Account: 1})
	for range 2 * backplane.CreatesAtOnce {
		create(nil, 0, guest) // nobody's
	}
	for range backplane.RegistersAtOnce {
		register(nil, 7)
	}
	register(backplane.ErrTooSoon, 7)
	l.wait(time.Hour)
	create(nil, 7, guest)
	create(backplane.ErrTooSoon, 7, guest)
	register(nil, 7)
	l.wait(backplane.CreatesAtOnce * time.Hour)
	create(nil, 8, guest) // the quotas of which nothing is used are forgotten
	again, err := machine.Load(&l.copy)
	if err != nil || machine.Dump(again) != machine.Dump(l.State) {
		t.Errorf("loaded, the state is another one: %v", err)
	}
}
