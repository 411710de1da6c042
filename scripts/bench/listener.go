package main

import (
	"fmt"
	"sync/atomic"
)

// A listener is a member that counts the posts it receives, and checks that each
// comes once and in order.
type listener struct {
	member
	received atomic.Uint64
	last     uint64 // number of the newest post
	lost     uint64
	ended    bool // the last post has been received
}

// listen receives everything up to the last post.
func (l *listener) listen() error {
	for !l.ended {
		if err := l.take(); err != nil {
			return err
		}
	}
	return nil
}

// take reads one line or message.
func (l *listener) take() error {
	body, err := l.next()
	if err != nil || body == nil {
		return err
	}
	mark, number, ok := readBody(body)
	if !ok || number <= l.last {
		return fmt.Errorf("read %q after post %d", body, l.last)
	}
	l.lost += number - l.last - 1
	l.last, l.ended = number, mark == markLast
	l.received.Add(1)
	return nil
}

// publish posts until the round is over. At most as many posts as the round's load
// are under way; when some have come back, it sends as many with one write.
func (l *listener) publish(r *round) error {
	body := newBody()
	var batch []byte
	number := uint64(0)
	for !r.over() {
		batch = batch[:0]
		for number < l.last+uint64(r.load) {
			number++
			setBody(body, markPost, number)
			batch = l.appendPost(batch, body)
		}
		if err := l.exchange(batch); err != nil {
			return err
		}
	}
	setBody(body, markLast, number+1)
	if err := l.exchange(l.appendPost(batch[:0], body)); err != nil {
		return err
	}
	return l.listen()
}

// exchange sends a batch, if there is one, and takes what was received, at least one
// line or message.
func (l *listener) exchange(batch []byte) error {
	if len(batch) > 0 {
		if _, err := l.Write(batch); err != nil {
			return err
		}
	}
	for {
		if err := l.take(); err != nil || l.buffered() == 0 {
			return err
		}
	}
}
