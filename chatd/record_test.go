package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/offline"
)

// FuzzRecord: what is read of a line is written so that it is read again.
func FuzzRecord(f *testing.F) {
	for line := range strings.Lines(everything) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		switch l, err := parseLine([]byte(line)); l := l.(type) {
		case *roomLine:
			r, recordErr := l.record()
			if err == nil && recordErr == nil {
				rereads(t, newRoomLine(r), func(l any) (any, error) { return l.(*roomLine).record() }, r)
			}
		case *postLine:
			p, postErr := l.post()
			if err == nil && postErr == nil {
				rereads(t, newPostLine(l.Room, p), func(l any) (any, error) { return l.(*postLine).post() }, p)
			}
		}
	})
}

// rereads has what is written of a record be the same again.
func rereads(t *testing.T, line any, read func(any) (any, error), want any) {
	written, err := json.Marshal(line)
	if err != nil {
		t.Fatal(err)
	}
	l, err := parseLine(written)
	if err != nil {
		t.Fatalf("%s: %v", written, err)
	}
	got, err := read(l)
	if err != nil || fmt.Sprintf("%+v", utc(got)) != fmt.Sprintf("%+v", utc(want)) {
		t.Errorf("%s: got %+v, %v; want %+v", written, got, err, want)
	}
}

// utc has the times of a record compare.
func utc(record any) any {
	switch r := record.(type) {
	case *offline.RoomRecord:
		c := *r
		c.Made, c.Dropped = c.Made.UTC(), c.Dropped.UTC()
		return c
	case *history.Post:
		c := *r
		c.Time = c.Time.UTC()
		return c
	}
	return record
}
