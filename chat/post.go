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

// post is the command of that name.
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
	if err := s.findRoom(ctx, room); err != nil {
		return err
	}
	note := func(what string) { p.diag.printf("%s", what) }
	if !fromStdin {
		return s.postText(ctx, room, newChunkReader(strings.NewReader(text), note))
	}
	if isTerminal(p.stdin) {
		p.diag.printf("type lines to post to %s; Ctrl-D ends", room)
	}
	in := untilDone(ctx, p.stdin)
	defer in.Close()
	lines := newChunkReader(in, note)
	if p.whole {
		return s.paste(ctx, room, lines)
	}
	return p.postLines(ctx, s, lines)
}

// findRoom makes the room, unless there is one of that name.
func (s *session) findRoom(ctx context.Context, room string) error {
	_, err := s.Topic(ctx, room)
	if !errors.Is(err, client.NoSuchRoom) {
		return err
	}
	made := s.Create(ctx, room, "")
	switch {
	case made == nil:
		s.program.diag.printf("created room %s", room)
		return nil
	case errors.Is(made, client.ErrLost) && s.Err() == nil && ctx.Err() == nil:
		return s.findRoom(ctx, room)
	case !errors.Is(made, client.RoomExists):
		return made
	}
	if _, err := s.Topic(ctx, room); err != nil {
		return made
	}
	return nil // somebody else has made it meanwhile
}

// postText posts the text of the command line: one post, of several lines if
// it has them.
func (s *session) postText(ctx context.Context, room string, r *chunkReader) error {
	lines, err := readAll(r)
	if err != nil {
		return err
	}
	if len(lines) == 1 {
		_, err := s.Post(ctx, room, lines[0])
		return err
	}
	_, err = s.Paste(ctx, room, lines)
	return err
}

// paste posts the input as one post.
func (s *session) paste(ctx context.Context, room string, r *chunkReader) error {
	lines, err := readAll(r)
	switch {
	case err != nil:
		return err
	case strings.TrimSpace(strings.Join(lines, "")) == "":
		return errors.New("nothing to post: the input is blank")
	}
	_, err = s.Paste(ctx, room, lines)
	return err
}

// The limits of a PASTE (protocol.md, "Limits").
const (
	pasteLines = 1000
	pasteBytes = 65536
)

// readAll reads the lines of one post.
func readAll(r *chunkReader) (lines []string, err error) {
	for size := 0; ; {
		l, err := r.next()
		switch {
		case err == io.EOF: // one that wraps it has lost the connection
			return lines, nil
		case err != nil:
			return nil, err
		}
		lines = append(lines, l.text)
		if size += len(l.text) + 1; size > pasteBytes || len(lines) > pasteLines {
			return nil, fmt.Errorf("one post has at most %d lines and %d bytes (without --whole each line of stdin is one)", pasteLines, pasteBytes)
		}
	}
}
