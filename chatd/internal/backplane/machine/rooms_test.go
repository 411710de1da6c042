package machine_test

import (
	"fmt"
	"testing"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine/machinetest"
	"linechat/chatd/internal/history"
)

func TestCreate(t *testing.T) {
	l := newLog(t)
	l.makeRoom("Den1")
	for _, taken := range []string{"den1", "DEN1", "deni"} {
		l.want(history.ErrExists, &backplane.Create{Room: history.Room{Name: room(taken)}})
	}
	l.want(nil, &backplane.Drop{Fold: "den1"})
	l.want(history.ErrNoRoom, &backplane.Drop{Fold: "den1"})
	l.makeRoom("deni")
	l.want(nil, &backplane.SetTopic{Fold: "deni", Topic: "dens"})
	l.want(history.ErrNoRoom, &backplane.SetTopic{Fold: "den1", Topic: "dens"})
}

func TestRoomLimits(t *testing.T) {
	l := newLog(t)
	made := 0
	create := func(want error, of history.Owner) {
		t.Helper()
		made++
		l.want(want, &backplane.Create{Room: history.Room{Name: room(fmt.Sprint("room", made)), Owner: of}})
	}
	for range backplane.MaxAccountRooms {
		create(nil, history.Owner{Account: 7})
	}
	create(backplane.ErrTooManyOfAccount, history.Owner{Account: 7})
	l.want(nil, &backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 59}})
	for range 9 {
		create(nil, history.Owner{Guest: true})
	}
	create(backplane.ErrTooManyRooms, history.Owner{})
	l.want(nil, &backplane.Drop{Fold: "room1"})
	l.want(nil, &backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 18}})
	create(backplane.ErrTooManyRooms, history.Owner{Guest: true})
	l.want(nil, &backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 1 << 63}})
	create(nil, history.Owner{Account: 7})
}

func TestGuestsHaveHalfOfTheRooms(t *testing.T) {
	l := newLog(t)
	l.want(nil, &backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 3}})
	guest := history.Owner{Guest: true}
	for n, want := range []error{nil, nil, backplane.ErrTooManyOfGuests} {
		l.want(want, &backplane.Create{Room: history.Room{Name: room(fmt.Sprint("room", n)), Owner: guest}})
	}
}

func TestDropUnused(t *testing.T) {
	l := newLog(t)
	made := machinetest.Start
	for name, r := range map[string]history.Room{
		"unused": {Made: made, Owner: history.Owner{Guest: true}},
		"used":   {Made: made, Owner: history.Owner{Guest: true}},
		"owned":  {Made: made, Owner: history.Owner{Account: 7}},
		"young":  {Made: made.Add(time.Hour), Owner: history.Owner{Guest: true}},
	} {
		r.Name = room(name)
		l.want(nil, &backplane.Create{Room: r})
	}
	l.want(nil, posts("used", 1))
	for _, kept := range []string{"used", "owned", "young", "nowhere"} {
		l.want(history.ErrNoRoom, &backplane.DropUnused{Fold: kept, Before: made.Add(time.Hour)})
	}
	l.want(nil, &backplane.DropUnused{Fold: "unused", Before: made.Add(time.Hour)})
	l.want(history.ErrNoRoom, posts("unused", 1))
	l.want(nil, posts("young", 1))
}

func TestImport(t *testing.T) {
	l := newLog(t)
	l.want(nil, &backplane.Settings{Chat: [16]byte{1}, Limits: backplane.Limits{MaxRooms: 0}}) // which an import may exceed
	den := history.Room{Name: room("den"), First: 12}
	old := func(texts ...int) *backplane.Import {
		c := posts("den", len(texts))
		for i, at := range texts {
			c.Posts[i].Time = machinetest.Start.Add(time.Duration(at) * time.Second)
		}
		return &backplane.Import{Room: history.Room{Name: den.Name}, Posts: c.Posts}
	}
	l.want(history.ErrNoRoom, old(-9))
	l.want(nil, &backplane.Import{Room: den})
	l.want(history.ErrExists, &backplane.Import{Room: den})
	l.want(history.ErrExists, &backplane.Import{Room: history.Room{Name: room("DEN")}})
	item := l.want(nil, old(-9, -7, -8))
	if got, want := written(item.Stored), "12@-9s 13@-7s 14@-7s "; got != want {
		t.Errorf("imported are %s, want %s", got, want)
	}
	if item := l.want(nil, posts("den", 1)); written(item.Stored) != "15@0s " {
		t.Errorf("the next post is %s", written(item.Stored))
	}
}
