package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// What chatd may make of damaged files.
const (
	refusedToStart = "refused to start"
	servedWhole    = "served all"
	servedPrefix   = "served a prefix"
	servedPart     = "ERR store for a part"
	servedWrong    = "FAULT"
)

var flipOutcomes = []string{refusedToStart, servedWhole, servedPrefix, servedPart, servedWrong}

// A flipTrial is one start on damaged files.
type flipTrial struct {
	known   *specimen
	number  int
	damage  string
	tally   *tally
	message string // why chatd did not start

	served     []int // by room: how many posts
	unreadable int   // posts that were answered with ERR store
	faults     int
}

func (t *flipTrial) fault(k kind, format string, args ...any) {
	t.faults++
	t.tally.add(k, 1, fmt.Sprintf("%d, %s: ", t.number, t.damage)+format, args...)
}

// run starts chatd on the files, judges what it serves, and has it check them.
func (t *flipTrial) run(ctx context.Context, w *workspace, files image) (outcome string, err error) {
	dir := w.path("damaged")
	if err := files.write(dir); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, t.clear(w, dir, files)) }()
	outcome = t.serve(ctx, w, dir)
	if err := ctx.Err(); err != nil {
		return "", err
	}
	t.check(ctx, w, dir, outcome)
	return outcome, ctx.Err()
}

// serve starts chatd on the files and judges what it serves.
func (t *flipTrial) serve(ctx context.Context, w *workspace, dir string) (outcome string) {
	d, err := w.start(ctx, "--data", dir)
	var no *harness.EarlyEnd
	if errors.As(err, &no) && no.Code == 1 {
		lines := strings.Split(strings.ToValidUTF8(no.Output, "?"), "\n")
		t.message = digits.ReplaceAllString(lines[len(lines)-1], "N") // without what is logged before
		return refusedToStart
	}
	if err != nil {
		t.fault(broken, "%v", err)
		return servedWrong
	}
	defer d.Kill()
	if err := t.readAll(ctx, d.socket); err != nil {
		t.fault(broken, "%v; chatd says %s", err, d.Output())
	} else if err := d.Stop(stopWithin); err != nil && d.ExitCode() != 1 {
		t.fault(broken, "%v", err)
	}
	return t.outcome()
}

// check has chatd check the files, and must be told of what has been noticed.
func (t *flipTrial) check(ctx context.Context, w *workspace, dir, outcome string) {
	err := w.check(ctx, dir)
	var found *checkFailure
	switch {
	case err == nil && (outcome == refusedToStart || outcome == servedPart):
		t.fault(broken, "%s, but chatd check says ok", outcome)
	case err != nil && (!errors.As(err, &found) || found.code != 1 || found.said == ""):
		t.fault(broken, "%v", err)
	}
}

// clear takes the files away. With --keep those that led to a fault are kept, as
// they were before chatd got them.
func (t *flipTrial) clear(w *workspace, dir string, files image) error {
	err := os.RemoveAll(dir)
	if w.keep && t.faults > 0 {
		return errors.Join(err, files.write(w.path(fmt.Sprintf("fault-%d", t.number))))
	}
	return err
}

// outcome says what it comes to.
func (t *flipTrial) outcome() string {
	total := 0
	for _, n := range t.served {
		total += n
	}
	switch {
	case t.faults > 0:
		return servedWrong
	case t.unreadable > 0:
		return servedPart
	case total == len(t.known.order):
		return servedWhole
	}
	first := make([]int, len(t.served)) // of what was committed first, as many
	for _, room := range t.known.order[:total] {
		first[room]++
	}
	for room, n := range first {
		if t.served[room] != n {
			t.fault(lost, "of all rooms %d posts are served, of %s %d; of as many that were committed first it has %d", total, t.known.rooms[room], t.served[room], n)
			return servedWrong
		}
	}
	return servedPrefix
}

// readAll reads every room, and posts to it.
func (t *flipTrial) readAll(ctx context.Context, socket string) error {
	c, err := dial(ctx, socket)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.ask("FORMAT json"); err != nil {
		return err
	}
	for room := range t.known.rooms {
		if err := t.readRoom(c, room); err != nil {
			return err
		}
	}
	for _, room := range t.known.rooms { // whatever the answer is, there is to be one
		var no refused
		if _, err := c.ask("IN " + room + " POST after the damage"); err != nil && !errors.As(err, &no) {
			return err
		}
	}
	_, err = c.ask("PING")
	return err
}

// readRoom reads a room through HISTORY, and around what cannot be read.
func (t *flipTrial) readRoom(c *conn, room int) error {
	t.served = append(t.served, 0)
	name, size := t.known.rooms[room], pageSize
	for after := uint64(0); ; {
		answer, err := c.ask(fmt.Sprintf("IN %s HISTORY %d AFTER %d", name, size, after))
		var no refused
		switch {
		case errors.As(err, &no) && no.Code == proto.StoreFailed && size > 1:
			size = max(1, size/8)
			continue
		case errors.As(err, &no) && no.Code == proto.StoreFailed:
			t.unreadable++
			after++
			if after >= uint64(len(t.known.content[room])) {
				return nil
			}
			continue
		case errors.As(err, &no) && (no.Code == proto.NoSuchRoom || no.Code == proto.BadPosition):
			return nil
		case err != nil:
			return err
		}
		next := t.judge(room, after, answer[:len(answer)-1])
		if head := answer[len(answer)-1].Seq; next >= head || next == after {
			t.ended(room, next, head)
			return nil
		}
		after, size = next, pageSize
	}
}

// judge compares a page with what was posted, and returns its last number.
func (t *flipTrial) judge(room int, after uint64, page []proto.Line) uint64 {
	content := t.known.content[room]
	for _, line := range page {
		switch {
		case line.Type == proto.GAP:
			t.fault(holes, "%s: GAP %d %d %s", line.Room, line.From, line.To, line.Why)
			after = max(after, line.To)
			continue
		case line.Seq != after+1:
			t.fault(holes, "%s goes from %d to %d", t.known.rooms[room], after, line.Seq)
		case line.Seq > uint64(len(content)):
			t.fault(changed, "%s has a number %d: %.100q", line.Room, line.Seq, line.Text)
		case line != content[line.Seq-1]:
			was := content[line.Seq-1]
			t.fault(changed, "%s %d was %s by %s at %v, %.60q, and is %s by %s at %v, %.60q", line.Room, line.Seq,
				was.Type, was.Nick, was.Time, was.Text, line.Type, line.Nick, line.Time, line.Text)
		default:
			t.served[room]++
		}
		after = line.Seq
	}
	return after
}

// ended compares the end of what was served with the room's last number.
func (t *flipTrial) ended(room int, last, head uint64) {
	if last < head {
		t.fault(holes, "%s is said to end with %d, and its last post is %d", t.known.rooms[room], head, last)
	}
	if head > uint64(len(t.known.content[room])) {
		t.fault(changed, "%s is said to end with %d, and had %d posts", t.known.rooms[room], head, len(t.known.content[room]))
	}
}
