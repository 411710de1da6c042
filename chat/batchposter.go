package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// maxInFlight is the size of batchPoster.sent: more than [client.Client.PostAsync]
// has under way, so that feed waits there and not for collect.
const maxInFlight = 512

// When progress is first shown on a terminal, and how often then.
const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// A batchPoster posts lines, many of them at a time, in order. Collect counts the
// answers; until it has ended others may read only posted.
type batchPoster struct {
	session *session
	room    string
	sent    chan sentChunk // in order, to collect

	posted           atomic.Int64    // lines
	refused, unknown int             // lines
	reported         map[string]bool // refusals
	err              error           // why unknown ones are
	failedLine       int             // the line of which a part was refused
}

// A sentChunk is a chunk that waits for its answer.
type sentChunk struct {
	chunk
	request *client.Request
}

// postLines posts each line of the input, and waits for the answers.
func (p *program) postLines(ctx context.Context, s *session, lines *chunkReader) error {
	b := &batchPoster{session: s, room: p.args[0], sent: make(chan sentChunk, maxInFlight), reported: map[string]bool{}}
	answers, stop := s.withGrace(ctx, answerGrace)
	defer stop()
	var wg sync.WaitGroup
	collected := make(chan struct{})
	wg.Go(func() {
		defer close(collected)
		b.collect(answers)
	})
	if p.diag.terminal {
		wg.Go(func() { b.showProgress(collected) })
	}
	err := b.feed(ctx, lines)
	close(b.sent)
	wg.Wait()
	return b.report(err)
}

// feed posts lines until there are no more, or no more can be posted. Blank
// ones are passed over.
func (b *batchPoster) feed(ctx context.Context, lines *chunkReader) error {
	for {
		l, err := lines.next()
		switch {
		case err == io.EOF: // that of a lost connection is wrapped, and no end of the input
			return nil
		case err != nil:
			return err
		case strings.TrimSpace(l.text) == "":
			continue
		}
		request, err := b.session.PostAsync(ctx, b.room, l.text, client.CreateRoom)
		if err != nil {
			return err
		}
		b.sent <- sentChunk{l, request}
	}
}

// collect waits for the answers.
func (b *batchPoster) collect(ctx context.Context) {
	for s := range b.sent {
		reply, err := s.request.Wait(ctx)
		b.session.reportCreated(reply)
		b.count(s.chunk, err)
	}
}

// count counts a line by the answer to its last part.
func (b *batchPoster) count(l chunk, err error) {
	switch {
	case l.line == b.failedLine:
	case err == nil && l.ends:
		b.posted.Add(1)
	case err == nil:
	case errors.As(err, new(*proto.Error)):
		b.failedLine = l.line
		b.refused++
		if why := b.session.program.explain(err); !b.reported[why] {
			b.reported[why] = true
			b.session.program.diag.printf("line %d was refused: %s", l.line, why)
		}
	default:
		b.failedLine = l.line
		b.unknown++
		b.err = err
	}
}

// showProgress shows on a terminal how many lines are posted, until done is
// closed.
func (b *batchPoster) showProgress(done <-chan struct{}) {
	diag := b.session.program.diag
	defer diag.setStatus("")
	for pause := progressAfter; ; pause = progressEvery {
		select {
		case <-done:
			return
		case <-time.After(pause):
			diag.setStatus(b.summary())
		}
	}
}

func (b *batchPoster) summary() string {
	return fmt.Sprintf("%s posted to %s", render.Plural(int(b.posted.Load()), "line", "lines"), b.room)
}

// report says how it went, and returns what the exit code is made of.
func (b *batchPoster) report(err error) error {
	diag := b.session.program.diag
	if err == nil {
		err = b.err
	}
	switch {
	case err != nil && b.unknown > 0:
		diag.printf("%s; %d more may have been posted", b.summary(), b.unknown)
	case err != nil || diag.terminal:
		diag.printf("%s", b.summary())
	}
	if err == nil && b.refused > 0 {
		return fmt.Errorf("%d of %s refused", b.refused, render.Plural(int(b.posted.Load())+b.refused, "line", "lines"))
	}
	return err
}
