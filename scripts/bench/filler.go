package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// How many connections fill an archive, how many posts each has under way
// (protocol.md, "Limits"), and how often it is said how far they are.
const (
	fillers    = 8
	fillWindow = 512
	fillSaid   = time.Second
)

// A filler posts to rooms in which nobody else does, to one after the other.
type filler struct {
	*conn
	*archive
	rooms  []int
	posts  uint64 // how many it is to post
	random *rand.Rand

	sent  uint64
	acked atomic.Uint64
}

// fill makes the archive's rooms and posts to them, as fast as it is taken.
func (a *archive) fill(ctx context.Context, srv *server, posts int, say func(string)) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	team, err := a.hire(ctx, srv, posts)
	if err != nil {
		return err
	}
	var working sync.WaitGroup
	for _, f := range team {
		working.Go(func() {
			if err := f.fill(); err != nil {
				fail(err)
			}
		})
	}
	done := make(chan struct{})
	go func() {
		working.Wait()
		close(done)
	}()
	said := time.NewTicker(fillSaid)
	defer said.Stop()
	for {
		select {
		case <-done: // soon after ctx has ended, at the latest
			return context.Cause(ctx)
		case <-said.C:
			acked := uint64(0)
			for _, f := range team {
				acked += f.acked.Load()
			}
			say(fmt.Sprintf("%d of %d posts", acked, posts))
		}
	}
}

// hire connects fillers, who share rooms and posts.
func (a *archive) hire(ctx context.Context, srv *server, posts int) ([]*filler, error) {
	team := make([]*filler, min(fillers, len(a.rooms)))
	for i := range team {
		c, err := srv.dial(ctx)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			if err := srv.makeRooms(c, onDisk, a.names()...); err != nil {
				return nil, err
			}
		}
		f := &filler{conn: c, archive: a, random: a.chance()}
		f.posts = uint64(posts*(i+1)/len(team) - posts*i/len(team))
		for room := i; room < len(a.rooms); room += len(team) {
			f.rooms = append(f.rooms, room)
		}
		team[i] = f
	}
	return team, nil
}

// fill posts. What acknowledgements make room for is sent with one write.
func (f *filler) fill() error {
	var batch []byte
	for f.acked.Load() < f.posts {
		batch = batch[:0]
		for f.sent < min(f.posts, f.acked.Load()+fillWindow) {
			batch = f.appendPost(batch)
		}
		if _, err := f.Write(batch); err != nil {
			return err
		}
		for more := true; more; more = f.buffered() > 0 {
			if err := f.take(); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendPost appends the next post.
func (f *filler) appendPost(dst []byte) []byte {
	room, _ := f.place(f.sent)
	dst = append(dst, f.archive.rooms[room].post...)
	begin := len(dst)
	dst = f.words.appendText(dst, f.random)
	f.note(room, dst[begin:])
	f.sent++
	return append(dst, '\n')
}

// take reads the next acknowledgement, and sees that it is the right one.
func (f *filler) take() error {
	room, number := f.place(f.acked.Load())
	got, err := acknowledged(f.conn, f.archive.rooms[room].ok)
	if err == nil && got != number {
		err = fmt.Errorf("post %d of %s was given number %d", number, f.archive.rooms[room].name, got)
	}
	f.acked.Add(1)
	return err
}

// place returns the room of the filler's post n, from 0, and its number there.
func (f *filler) place(n uint64) (room int, number uint64) {
	rooms := uint64(len(f.rooms))
	return f.rooms[n%rooms], n/rooms + 1
}
