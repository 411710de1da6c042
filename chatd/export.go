package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

func exportCommand(p *program) *cobra.Command {
	hashes := false
	c := &cobra.Command{
		Use:   "export [ROOM]",
		Short: "writes rooms as lines of JSON, also while chatd runs",
		Args:  takes(0, 1),
		Long: `chatd export writes accounts and rooms, or one room, to stdout, as they are at
one moment. An account is an object of type "account", without its password
unless --accounts is given, which adds the hash: else only the account's keys
log in to it, until an admin sets a password. A room is an object of type
"room", followed by its posts, which are objects of type "msg" or "me":

    {"type":"account","id":7,"nick":"bob",
     "made":"2026-11-23T09:00:00.000000000Z"}
    {"type":"room","room":"go","topic":"all about Go","topic_by":"alice",
     "maker":"alice","guest":true,"made":"2026-11-23T10:00:00.000000000Z",
     "first":1,"head":2}
    {"type":"msg","room":"go","seq":1,"time":"2026-11-23T10:00:01.000000000Z",
     "nick":"bob","text":"hi","once":"5f3a9c01be774d20","account":7}

Damaged posts are left out and named on stderr, and the exit code is 1. While
an export runs, the file chat.db-wal grows with every new post, so write the
export to a file rather than into a pager.`,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	c.Flags().BoolVar(&hashes, "accounts", false, "export the hashes of passwords, too: keep the export secret")
	return p.dataCommand(c, func(in *invocation) error { return runExport(in, hashes) })
}

// exportBuffer is how much is written at a time.
const exportBuffer = 64 << 10

// An exporter writes what the store holds as lines of JSON.
type exporter struct {
	*invocation
	out    *bufio.Writer
	lines  *json.Encoder
	hashes bool

	room  string
	posts int64
	quiet bool // lines and progress would be mixed
	lost  int  // lines of damage
}

func runExport(in *invocation, hashes bool) error {
	var room proto.Name
	if len(in.args) > 0 {
		var err error
		if room, err = proto.ParseRoom(in.args[0]); err != nil {
			return wrong("room", in.args[0], err)
		}
	}
	e := &exporter{invocation: in, out: bufio.NewWriterSize(in.stdout, exportBuffer), hashes: hashes, quiet: isTerminal(in.stdout)}
	e.lines = json.NewEncoder(e.out)
	e.lines.SetEscapeHTML(false)
	err := offline.Export(context.Background(), in.data, room.Fold, e)
	if errors.Is(err, history.ErrNoRoom) {
		return fmt.Errorf("there is no room %s in %s", room.Shown, in.data)
	}
	if err := errors.Join(err, e.out.Flush()); err != nil {
		return err
	}
	if e.lost > 0 {
		return errReported
	}
	return nil
}

// Account implements offline.Sink.
func (e *exporter) Account(a *account.Account) error {
	line := newAccountLine(a)
	if !e.hashes {
		line.Hash = ""
	}
	return e.lines.Encode(line)
}

// Room implements offline.Sink.
func (e *exporter) Room(r *offline.RoomRecord) error {
	e.room = r.Name.Shown
	return e.lines.Encode(newRoomLine(r))
}

// Post implements offline.Sink.
func (e *exporter) Post(p *history.Post) error {
	if e.posts++; e.posts%1000 == 0 && !e.quiet {
		e.progress.show(counted(e.posts, "post"))
	}
	return e.lines.Encode(newPostLine(e.room, p))
}

// Damage implements offline.Sink.
func (e *exporter) Damage(line string) error {
	e.lost++
	e.progress.clear()
	_, err := fmt.Fprintln(e.stderr, "chatd export:", line)
	return err
}
