package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// How a poster posts.
const (
	maxPipelined = 24
	refusedPause = 20 * time.Millisecond // after a refusal
)

// A poster sends posts singly or in batches. It repeats a post with a ONCE key,
// also after a restart, until chatd acknowledges it, and posts nothing else before.
type poster struct {
	load    *load
	number  uint32
	rng     *rand.Rand
	stays   bool   // with a machine that does not answer
	pending postID // the post with a ONCE key that is not acknowledged
	acks    pulse
	buffer  []byte
}

// run posts until the connection breaks.
func (p *poster) run(ctx context.Context, socket string) error {
	c, err := p.load.dialAs(ctx, socket, nickOf(p.number))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for {
		refusals, err := p.send(c, p.batch())
		if err != nil {
			return err
		}
		if refusals > 0 {
			sleep(ctx, refusedPause)
		}
	}
}

// repeatPending repeats the pending post until it is acknowledged.
func (p *poster) repeatPending(ctx context.Context, socket string) error {
	if p.pending == (postID{}) {
		return nil
	}
	c, err := p.load.dialAs(ctx, socket, nickOf(p.number))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	for since := time.Now(); p.pending != (postID{}); sleep(ctx, refusedPause) {
		if _, err := p.send(c, p.batch()); err != nil {
			return err
		}
		if time.Since(since) > answerWithin {
			return fmt.Errorf("%v is still refused after %v", p.pending, answerWithin)
		}
	}
	return nil
}

// batch returns what to post next: the pending post, or new ones. A post with a
// ONCE key ends a batch, so that repeating it keeps the order.
func (p *poster) batch() []post {
	src := p.load.source
	if p.pending != (postID{}) {
		return []post{src.post(p.pending)}
	}
	size := 1
	if p.rng.IntN(2) == 0 {
		size += p.rng.IntN(maxPipelined)
	}
	var batch []post
	for range size {
		next := src.post(p.load.ledger.next(p.number))
		batch = append(batch, next)
		if next.once != "" {
			p.pending = next.id
			break
		}
	}
	return batch
}

// send sends a batch with one write, but a post with a ONCE key separately, and
// reads the answers. It returns how many posts were refused.
func (p *poster) send(c *harness.Client, batch []post) (refusals int, err error) {
	if last := len(batch) - 1; last > 0 && batch[last].once != "" {
		refusals, err = p.send(c, batch[:last])
		if err != nil {
			return refusals, err
		}
		batch = batch[last:]
	}
	p.buffer = p.buffer[:0]
	for _, post := range batch {
		p.buffer = p.load.source.append(p.buffer, post)
	}
	sentIn := p.load.period.Load()
	if err := c.Send(string(p.buffer)); err != nil {
		return refusals, err
	}
	for _, post := range batch {
		answer, err := p.answer(c)
		if err != nil {
			return refusals, err
		}
		if !p.note(post, answer, sentIn) {
			refusals++
		}
	}
	return refusals, nil
}

// answer waits for the next OK or ERR.
func (p *poster) answer(c *harness.Client) (proto.Line, error) {
	for {
		line, err := c.Receive()
		if err != nil || line.Type == proto.OK || line.Type == proto.ERR {
			return line, err
		}
		switch {
		case line.Type == proto.BYE:
			return line, &proto.Error{Code: line.Code, Text: line.Text}
		case line.Type != proto.SEND && (line.Type != proto.NOTICE || !p.load.ledger.anywhere):
			p.load.ledger.fault(broken, "%s is in no room and read %s %s %s", nickOf(p.number), line.Type, line.Room, line.Text)
		}
	}
}

// note notes the answer to a post that was sent in a period, and reports whether
// it is an OK.
func (p *poster) note(post post, answer proto.Line, sentIn *period) bool {
	l := p.load
	said, ok := p.outcome(post, answer, sentIn)
	if !ok {
		l.ledger.fault(broken, "%v, %s to %s, was answered %s %s %s %s", post.id, post.verb, l.source.rooms[post.room], answer.Type, answer.Verb, answer.Code, strings.TrimSpace(answer.Text))
		return false
	}
	if sentIn.fails() && l.period.Load() == sentIn {
		l.ledger.failed(said)
		if said == acknowledged && sentIn.disk == failing {
			l.ledger.fault(broken, "%v was acknowledged as number %d of %s while the disk failed", post.id, answer.Seq, answer.Room)
		}
	}
	if said != acknowledged {
		l.ledger.refuse(post, said)
		return false
	}
	if post.id == p.pending {
		p.pending = postID{}
	}
	l.ledger.acknowledge(post, answer.Seq)
	p.acks.beat()
	l.acks.beat()
	if sentIn.disk == recovering && post.once == "" { // a repeated key is answered from memory
		l.ledger.resume(post.room)
	}
	return true
}

// outcome returns what the answer to a post says; ok is false if chatd must not
// answer so. Only posts that were sent, and are answered, while the disk is healthy
// must be acknowledged.
func (p *poster) outcome(post post, answer proto.Line, sentIn *period) (said outcome, ok bool) {
	l := p.load
	mayRefuse := sentIn.disk != healthy || l.period.Load() != sentIn
	switch {
	case answer.Verb != post.verb:
		return 0, false
	case answer.Type == proto.OK:
		return acknowledged, answer.Room == l.source.rooms[post.room]
	case answer.Code == proto.StoreFailed || answer.Code == proto.Stopping:
		return notStored, mayRefuse
	case answer.Code == proto.Unknown:
		return unknown, mayRefuse
	}
	return 0, false
}
