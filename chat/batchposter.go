package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"linechat/chat/client"
)

// maxInFlight is how many posts wait for their answers at a time; the client
// bounds it lower.
const maxInFlight = 512

// A batchPoster is lines that are being posted, many under way, in order.
type batchPoster struct {
	session *session
	room    string
	sent    chan sentChunk // in order, to whoever waits for the answers
	wg      sync.WaitGroup

	mu                       sync.Mutex
	posted, refused, unknown int             // lines
	reported                 map[string]bool // refusals
	err                      error           // why unknown ones are
	failedLine               int             // the line of which a part was refused
}

// A sentChunk is a chunk that waits for its answer.
type sentChunk struct {
	chunk
	posting *client.Request
}

// postLines posts each line of the input, and waits for the answers.
func (p *program) postLines(ctx context.Context, s *session, lines *chunkReader) error {
	b := &batchPoster{session: s, room: p.args[0], sent: make(chan sentChunk, maxInFlight), reported: map[string]bool{}}
	answers, stop := s.withGrace(ctx, answerGrace)
	defer stop()
	b.wg.Go(func() { b.collect(answers) })
	progress := b.startProgress()
	err := b.feed(ctx, lines)
	close(b.sent)
	b.wg.Wait()
	progress.stop()
	return b.report(err)
}

// feed posts lines until there are no more, or no more can be posted. Blank
// ones are passed over.
func (b *batchPoster) feed(ctx context.Context, lines *chunkReader) error {
	for {
		l, err := lines.next()
		switch {
		case err == io.EOF: // one that wraps it has lost the connection
			return nil
		case err != nil:
			return err
		case strings.TrimSpace(l.text) == "":
			continue
		}
		posting, err := b.session.PostAsync(ctx, b.room, l.text)
		if err != nil {
			return err
		}
		b.sent <- sentChunk{l, posting}
	}
}

// collect waits for the answers.
func (b *batchPoster) collect(ctx context.Context) {
	for s := range b.sent {
		_, err := s.posting.Wait(ctx)
		b.count(s.chunk, err)
	}
}

// count counts a line by the answer to its last part.
func (b *batchPoster) count(l chunk, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err == nil && l.line != b.failedLine:
		if l.ends {
			b.posted++
		}
	case err == nil || l.line == b.failedLine:
	case isRefused(err):
		b.failedLine = l.line
		b.refused++
		if text := refusalOf(err).Text; !b.reported[text] {
			b.reported[text] = true
			b.session.program.diag.printf("line %d was refused: %s", l.line, b.session.program.explain(err))
		}
	default:
		b.failedLine = l.line
		b.unknown++
		b.err = err
	}
}

func isRefused(err error) bool { return refusalOf(err).Code != "" }

// report says how it went, and returns what the exit code is made of.
func (b *batchPoster) report(err error) error {
	diag := b.session.program.diag
	if err == nil {
		err = b.err
	}
	switch {
	case err != nil && b.unknown > 0:
		diag.printf("%s posted to %s; %d more may have been posted", lines(b.posted), b.room, b.unknown)
	case err != nil || diag.terminal:
		diag.printf("%s posted to %s", lines(b.posted), b.room)
	}
	if err == nil && b.refused > 0 {
		return fmt.Errorf("%d of %s refused", b.refused, lines(b.posted+b.refused))
	}
	return err
}

func lines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprint(n, " lines")
}
