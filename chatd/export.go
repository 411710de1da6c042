package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

var exportCommand = command{
	name:      "export",
	arguments: "[ROOM]",
	most:      1,
	brief:     "writes all rooms, or one, to stdout as lines of JSON, also while chatd runs",
	about: `All is as it was at one moment. Each room is an object of type "room", and
behind it its posts are objects of type "msg" or "me":

    {"type":"room","room":"go","topic":"all about Go","topic_by":"alice",
     "maker":"alice","made":"2026-11-23T10:00:00.000000000Z","first":1,"head":2}
    {"type":"msg","room":"go","seq":1,"time":"2026-11-23T10:00:01.000000000Z",
     "nick":"bob","text":"hi","once":"5f3a9c01be774d20"}

What is damaged is left out and named on stderr, and the exit code is 1. While
an export is under way chat.db-wal grows with what is posted: write it to a
file rather than into a pager.
`,
	run: runExport,
}

// exportBuffer is how much is written at a time.
const exportBuffer = 64 << 10

// An exporter writes what the store holds as lines of JSON.
type exporter struct {
	*call
	out   *bufio.Writer
	lines *json.Encoder

	room  string
	posts int64
	quiet bool // lines and meter would be mixed
	lost  int  // lines of damage
}

func runExport(a *call) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	var room proto.Name
	if len(a.given) > 0 {
		if room, err = proto.ParseRoom(a.given[0]); err != nil {
			return wrong("room", a.given[0], err)
		}
	}
	e := &exporter{call: a, out: bufio.NewWriterSize(a.stdout, exportBuffer), quiet: isTerminal(a.stdout)}
	e.lines = json.NewEncoder(e.out)
	e.lines.SetEscapeHTML(false)
	err = sqlite.Export(context.Background(), dir, room.Fold, e)
	if errors.Is(err, history.ErrNoRoom) {
		return fmt.Errorf("there is no room %s in %s", room.Shown, dir)
	}
	if err := errors.Join(err, e.out.Flush()); err != nil {
		return err
	}
	if e.lost > 0 {
		return errSaid
	}
	return nil
}

// Room implements sqlite.Sink.
func (e *exporter) Room(r *sqlite.RoomRecord) error {
	e.room = r.Name.Shown
	return e.lines.Encode(newRoomLine(r))
}

// Post implements sqlite.Sink.
func (e *exporter) Post(p *history.Post) error {
	if e.posts++; e.posts%1000 == 0 && !e.quiet {
		e.meter.show(counted(e.posts, "post"))
	}
	return e.lines.Encode(newPostLine(e.room, p))
}

// Damage implements sqlite.Sink.
func (e *exporter) Damage(line string) error {
	e.lost++
	e.meter.clear()
	_, err := fmt.Fprintln(e.stderr, "chatd export:", line)
	return err
}
