package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// answerGrace is how long, after a signal, posts under way are waited for.
const answerGrace = 5 * time.Second

func post(ctx context.Context, p *program) error {
	room, words := p.args[0], p.args[1:]
	text := strings.Join(words, " ")
	fromStdin := len(words) == 0 || slices.Equal(words, []string{"-"})
	if !fromStdin && strings.TrimSpace(proto.CleanLines(text)) == "" {
		return usageError{errors.New("nothing to post: the text is blank")}
	}
	s, err := p.open(ctx, sender)
	if err != nil {
		return err
	}
	defer s.close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.watchEvents(cancel) // a client that has ended reads no more
	note := func(what string) { p.diag.printf("%s", what) }
	if !fromStdin {
		return s.postWhole(ctx, newChunkReader(strings.NewReader(text), note))
	}
	if isTerminal(p.stdin) {
		p.diag.printf("type lines to post to %s; Ctrl-D ends", room)
	}
	in := untilDone(ctx, p.stdin)
	defer in.Close()
	lines := newChunkReader(in, note)
	if p.whole {
		return s.postWhole(ctx, lines)
	}
	return p.postLines(ctx, s, lines)
}

// postWhole posts all lines of r as one post.
func (s *session) postWhole(ctx context.Context, r *chunkReader) error {
	lines, err := readAll(r)
	text := strings.Join(lines, "\n")
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(text) == "":
		return errors.New("nothing to post: the input is blank")
	}
	command := proto.Command{Verb: "POST", Room: s.program.args[0], Text: text}
	if len(lines) > 1 {
		command.Verb = "PASTE"
	}
	reply, err := s.Do(ctx, command, client.CreateRoom)
	s.reportCreated(reply)
	return err
}

// reportCreated says so if the room was created for what was answered.
func (s *session) reportCreated(reply client.Reply) {
	if reply.Created {
		s.program.diag.printf("created room %s", s.program.args[0])
	}
}

// readAll reads the lines of one post.
func readAll(r *chunkReader) (lines []string, err error) {
	for size := 0; ; {
		l, err := r.next()
		switch {
		case err == io.EOF: // that of a lost connection is wrapped, and no end of the input
			return lines, nil
		case err != nil:
			return nil, err
		}
		lines = append(lines, l.text)
		if size += len(l.text) + 1; size > proto.MaxPasteBytes || len(lines) > proto.MaxPasteLines {
			return nil, fmt.Errorf("one post has at most %d lines and %d bytes (without --whole each line of stdin is one)", proto.MaxPasteLines, proto.MaxPasteBytes)
		}
	}
}
