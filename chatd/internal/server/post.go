package server

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"linechat/chatd/internal/conn"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

func (s *session) post(c *proto.Command) error { return s.postText(c, proto.MSG) }

func (s *session) me(c *proto.Command) error { return s.postText(c, proto.ME) }

func (s *session) postText(c *proto.Command, kind proto.Keyword) error {
	room, err := s.openRoom(c)
	if err != nil {
		return err
	}
	if err := s.throttlePost(room.Room, c.Text); err != nil {
		room.close()
		return err
	}
	s.submit(c, kind, room, strings.Clone(c.Text)) // it outlives its line
	return nil
}

// submit gives a post, and the room's reference, to the room. The reply takes its place in
// the outbox first, for the answer may come at once.
func (s *session) submit(c *proto.Command, kind proto.Keyword, room roomRef, text string) {
	s.out.AwaitPosts(conn.MaxPosts)
	p := &conn.PostReply{
		Post: hub.Post{Post: history.Post{Kind: kind, Nick: s.nick.Shown, Account: s.account, Text: text, Once: strings.Clone(c.Once)}, From: s.id},
		Verb: c.Verb, Room: room.Room, Owned: room.owned,
	}
	if c.Once != "" {
		p.Origin = s.origin()
	}
	s.out.Post(p)
	done, notify := room.TryPost(&p.Post)
	if notify {
		s.turn.Defer(room.Room)
	}
	if !done {
		s.writer.Wake() // what is answered is written while this one waits
		s.postBlocking(p)
	}
}

func (s *session) postBlocking(p *conn.PostReply) {
	s.Block()
	if err := p.Room.Post(s.ctx, &p.Post); err != nil {
		p.Cancel(err)
	}
}

// pasteTimeout is how long the lines of a PASTE wait for the next one (protocol.md,
// "Limits").
const pasteTimeout = time.Minute

// What a PASTE may have while memory is short, and how long to wait until it may have more.
const (
	shortPaste = 4 << 10 // bytes
	shortWait  = time.Minute
)

func (srv *Server) short() bool { return srv.config.Short != nil && srv.config.Short() }

// A paste is the body of a PASTE as it comes in.
type paste struct {
	refused bool // ERR was sent: the body is passed over
	command proto.Command
	room    roomRef
	lines   int
	text    bytes.Buffer
	err     error       // what is wrong with the body, which is answered at its end
	newest  time.Time   // when a line came last
	idle    *time.Timer // runs while there is a body
}

// beginPaste carries out PASTE: the lines that follow are its body.
func (s *session) beginPaste(c *proto.Command) error {
	room, err := s.openRoom(c)
	if err != nil {
		return err
	}
	p := &paste{command: *c, room: room, newest: time.Now()}
	p.idle = time.AfterFunc(pasteTimeout, func() { _ = s.deliver(message{idlePaste: p}) })
	s.paste = p
	s.out.WriteLine(&proto.Line{Type: proto.SEND, Room: room.Name().Shown, Text: "end with a line of a single ."})
	s.out.EndReply()
	s.writer.Flush()
	return nil
}

// pasteLine takes one line of the body.
func (s *session) pasteLine(line []byte) {
	p := s.paste
	p.newest = time.Now()
	if len(line) == 1 && line[0] == '.' && !s.input.TooLong {
		s.endPaste()
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
	case p.text.Len() >= shortPaste && s.server.short():
		p.err = &proto.Error{Code: proto.RateLimited, Limit: shortPaste, Wait: shortWait,
			Text: fmt.Sprintf("the server is short of memory, and a PASTE may have %d bytes now; nothing was posted: wait a minute, and send it again", shortPaste)}
	case !utf8.Valid(line):
		p.err = &proto.Error{Code: proto.BadUTF8, Text: fmt.Sprintf("line %d is not UTF-8; nothing was posted", p.lines)}
	case p.lines > proto.MaxPasteLines:
		p.err = &proto.Error{Code: proto.TooLong, Limit: proto.MaxPasteLines, Text: fmt.Sprintf("a PASTE may have at most %d lines; nothing was posted", proto.MaxPasteLines)}
	case p.text.Len()+len(text)+1 > proto.MaxPasteBytes:
		p.err = &proto.Error{Code: proto.TooLong, Limit: proto.MaxPasteBytes, Text: fmt.Sprintf("a PASTE may have at most %d bytes; nothing was posted", proto.MaxPasteBytes)}
	default:
		p.text.WriteString(text)
		p.text.WriteByte('\n')
		return
	}
	p.text = bytes.Buffer{}
}

// idlePaste drops what has come of a PASTE whose next line does not come.
func (s *session) idlePaste(p *paste) {
	wait := pasteTimeout - time.Since(p.newest)
	switch {
	case s.paste != p || p.err != nil:
	case wait > 0:
		p.idle.Reset(wait)
	default:
		p.text = bytes.Buffer{}
		p.err = &proto.Error{Code: proto.Unfinished, Limit: uint64(pasteTimeout / time.Second),
			Text: fmt.Sprintf("a PASTE waits %.0f seconds for its next line, and this one was dropped; nothing was posted: send it again", pasteTimeout.Seconds())}
		s.out.Notice(fmt.Sprintf("no line of this PASTE came for %.0f seconds, so it was dropped: end it with a single . and send it again", pasteTimeout.Seconds()))
	}
}

// endPaste posts the body that has come in, or says what is wrong with it.
func (s *session) endPaste() {
	p := s.paste
	text := strings.TrimSuffix(p.text.String(), "\n")
	if p.err == nil && strings.Trim(text, "\n") == "" {
		p.err = &proto.Error{Code: proto.BadArguments, Text: "a PASTE needs lines before the single .; nothing was posted"}
	}
	if p.err == nil && !p.refused {
		p.err = s.throttlePost(p.room.Room, text)
	}
	if p.refused || p.err != nil {
		s.abandonPaste(p.err)
		return
	}
	s.paste = nil
	p.idle.Stop()
	s.submit(&p.command, proto.MSG, p.room, text)
}

// abandonPaste ends the PASTE that has begun, if one has, and refuses it unless it was
// refused before.
func (s *session) abandonPaste(why error) {
	p := s.paste
	if p == nil {
		return
	}
	s.paste = nil
	p.room.close()
	if !p.refused {
		p.idle.Stop()
		line := s.errLine("PASTE", s.ErrorReply(why, ""))
		s.out.WriteLine(&line)
		s.out.EndReply()
	}
}
