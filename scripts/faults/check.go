package main

import (
	"context"
	"errors"
	"fmt"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// pageSize is how many posts each HISTORY asks for.
const pageSize = 1000

// history reads a room's posts after a number, to the end, with HISTORY. A room that
// does not exist has none.
func history(c *harness.Client, room string, after uint64) (posts []proto.Line, err error) {
	for {
		answer, err := c.Ask(fmt.Sprintf("IN %s HISTORY %d AFTER %d", room, pageSize, after))
		var no *proto.Error
		if errors.As(err, &no) && no.Code == proto.NoSuchRoom {
			return posts, nil
		}
		if err != nil {
			return posts, err
		}
		end := answer[len(answer)-1]
		for _, line := range answer[:len(answer)-1] {
			if line.Type == proto.MSG || line.Type == proto.ME {
				posts = append(posts, line)
				after = line.Seq
			}
		}
		if after >= end.Seq || len(answer) == 1 {
			return posts, nil
		}
	}
}

// readAll reads every room, as JSON, in which a post of several lines is one.
func readAll(ctx context.Context, socket string, rooms []string) (stored [][]proto.Line, err error) {
	c, err := dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Ask("FORMAT json"); err != nil {
		return nil, err
	}
	for _, room := range rooms {
		posts, err := history(c, room, 0)
		if err != nil {
			return nil, err
		}
		stored = append(stored, posts)
	}
	return stored, nil
}

// audit compares the stored posts with the ledger once nothing is under way. It
// returns how many posts are stored that were not acknowledged.
func (l *ledger) audit(stored [][]proto.Line) (extra int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	found := map[postID]uint64{}
	for room, posts := range stored {
		l.auditRoom(room, posts, found)
	}
	for poster, records := range l.sent {
		for i, rec := range records {
			id := postID{uint32(poster), uint32(i + 1)}
			seq := found[id]
			switch {
			case rec.outcome == acknowledged && seq == 0:
				l.tally.add(lost, 1, "%v, acknowledged as %s %d", id, l.source.rooms[l.source.post(id).room], rec.seq)
			case rec.outcome == acknowledged && seq != rec.seq:
				l.tally.add(changed, 1, "%v was acknowledged as number %d and is %d", id, rec.seq, seq)
			case rec.outcome == notStored && seq != 0:
				l.tally.add(revived, 1, "%v is %s %d", id, l.source.rooms[l.source.post(id).room], seq)
			case rec.outcome != acknowledged && seq != 0:
				extra++
			}
		}
	}
	return extra
}

// mustPrecede reports whether a post must be stored before its poster's later ones.
func (l *ledger) mustPrecede(id postID) bool {
	return !l.anywhere || l.sent[id.poster][id.n-1].outcome == acknowledged
}

// auditRoom checks the posts of one room, and adds their numbers to found.
func (l *ledger) auditRoom(room int, posts []proto.Line, found map[postID]uint64) {
	name := l.source.rooms[room]
	newest := map[uint32]uint32{} // by poster: n of the last post
	last := uint64(0)
	l.auditTimes(name, posts)
	for _, line := range posts {
		if line.Seq > last+1 {
			l.tally.add(holes, int(line.Seq-last-1), "%s goes from %d to %d", name, last, line.Seq)
		}
		if line.Seq <= last {
			l.tally.add(doubled, 1, "%s has number %d after %d", name, line.Seq, last)
		}
		last = line.Seq
		id, whole := l.source.identify(line)
		if !whole || !l.wasSent(id) {
			l.tally.add(changed, 1, "%s %d is %.100q by %s", name, line.Seq, line.Text, line.Nick)
			continue
		}
		if other := found[id]; other != 0 {
			l.tally.add(doubled, 1, "%v is %s %d and %d", id, name, other, line.Seq)
		} else if id.n < newest[id.poster] && l.mustPrecede(id) {
			l.tally.add(disordered, 1, "%v is %s %d, after number %d of its poster", id, name, line.Seq, newest[id.poster])
		}
		found[id] = line.Seq
		newest[id.poster] = max(newest[id.poster], id.n)
		l.place(misread, room, line.Seq, id)
	}
	if told := uint64(len(l.rooms[room].order)); told > last {
		l.tally.add(misread, int(told-last), "%s ends with %d, but numbers up to %d were acknowledged or read", name, last, told)
	}
}

// auditTimes checks that no post of a room is of an earlier time than the one before it.
func (l *ledger) auditTimes(name string, posts []proto.Line) {
	for i := 1; i < len(posts); i++ {
		before, line := &posts[i-1], &posts[i]
		if line.Time.Before(before.Time) {
			l.tally.add(earlier, 1, "%s %d is of %v, after number %d of %v", name, line.Seq, line.Time, before.Seq, before.Time)
		}
	}
}
