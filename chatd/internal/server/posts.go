package server

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// Limits of a PASTE (protocol.md, "Limits").
const (
	pasteBytes = 64 << 10
	pasteLines = 1000
)

func (s *session) post(c *proto.Command) error { return s.submit(c, proto.MSG) }

func (s *session) me(c *proto.Command) error { return s.submit(c, proto.ME) }

func (s *session) submit(c *proto.Command, kind proto.Keyword) error {
	room, err := s.open(c)
	if err != nil {
		return err
	}
	s.handOver(c, kind, room, strings.Clone(c.Text)) // it outlives its line
	return nil
}

// handOver gives a post, and the handle, to its room. The answer takes its
// place in the queue first, for it may come at once.
func (s *session) handOver(c *proto.Command, kind proto.Keyword, room handle, text string) {
	s.awaitPosts(maxPosts)
	p := &pending{
		Post:    hub.Post{Post: history.Post{Kind: kind, Nick: s.nick.Shown, Text: text, Once: strings.Clone(c.Once)}, From: s.id},
		session: s, verb: c.Verb, form: s.form, at: room,
	}
	p.Owner = p
	s.push(item{post: p})
	done, ring := room.TryPost(&p.Post)
	if ring {
		s.ring(room.Room)
	}
	if !done {
		s.wake() // what is answered is written while this one waits
		s.postSlowly(p)
	}
}

func (s *session) postSlowly(p *pending) {
	s.Block()
	if err := p.at.Post(s.ctx, &p.Post); err != nil {
		p.Err = context.Canceled
		p.Answered()
		p.Wake()
	}
}

// A paste is the body of a PASTE as it comes in.
type paste struct {
	refused bool // ERR was said: the body is passed over
	command proto.Command
	room    handle
	lines   int
	text    bytes.Buffer
	err     error // what is wrong with the body, said at its end
}

// beginPaste carries out PASTE: the lines that follow are its body.
func (s *session) beginPaste(c *proto.Command) error {
	room, err := s.open(c)
	if err != nil {
		return err
	}
	s.paste = &paste{command: *c, room: room}
	s.say(&proto.Line{Type: proto.SEND, Room: room.Name().Shown, Text: "end with a line that is a single ."})
	s.push(item{})
	s.flush()
	return nil
}

// pasteLine takes one line of the body.
func (s *session) pasteLine(line []byte) {
	p := s.paste
	if len(line) == 1 && line[0] == '.' && !s.input.TooLong {
		s.paste = nil
		s.endPaste(p)
		return
	}
	if p.refused || p.err != nil {
		return
	}
	p.lines++
	text := proto.Clean(strings.TrimPrefix(string(line), "."))
	switch {
	case s.input.TooLong:
		p.err = tooLong(s.input.Limit)
	case !utf8.Valid(line):
		p.err = &proto.Error{Code: proto.BadUTF8, Text: fmt.Sprintf("line %d is not UTF-8; nothing was posted", p.lines)}
	case p.lines > pasteLines:
		p.err = &proto.Error{Code: proto.TooLong, Limit: pasteLines, Text: fmt.Sprintf("a PASTE has at most %d lines; nothing was posted", pasteLines)}
	case p.text.Len()+len(text)+1 > pasteBytes:
		p.err = &proto.Error{Code: proto.TooLong, Limit: pasteBytes, Text: fmt.Sprintf("a PASTE has at most %d bytes; nothing was posted", pasteBytes)}
	default:
		p.text.WriteString(text)
		p.text.WriteByte('\n')
		return
	}
	p.text = bytes.Buffer{}
}

// abandonPaste refuses a PASTE whose end has not come, if there is one.
func (s *session) abandonPaste(why error) {
	p := s.paste
	if p == nil {
		return
	}
	s.paste = nil
	p.room.close()
	if !p.refused {
		line := proto.ErrLine("PASTE", s.refusal(why, ""))
		s.say(&line)
		s.push(item{})
	}
}

// endPaste posts the body that has come in, or says what is wrong with it.
func (s *session) endPaste(p *paste) {
	if p.refused {
		return
	}
	text := strings.TrimSuffix(p.text.String(), "\n")
	if p.err == nil && strings.Trim(text, "\n") == "" {
		p.err = &proto.Error{Code: proto.BadArguments, Text: "a PASTE needs lines before the single .; nothing was posted"}
	}
	if p.err != nil {
		p.room.close()
		line := proto.ErrLine("PASTE", s.refusal(p.err, ""))
		s.say(&line)
		s.push(item{})
		return
	}
	s.handOver(&p.command, proto.MSG, p.room, text)
}
