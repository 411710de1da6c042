package conn

import (
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// A PostReply is a post under way, which becomes its own reply. It implements
// hub.Poster.
type PostReply struct {
	hub.Post
	Verb string    // of its OK or ERR line
	Room *hub.Room // the room it is for

	outbox *Outbox

	Owned    bool       // Room is to be released when the post is answered
	form     proto.Form // of the reply
	answered bool       // guarded by outbox.mu
}

// Answered implements hub.Poster.
func (p *PostReply) Answered() {
	if p.Owned {
		p.Room.Release()
	}
	p.outbox.update(func() {
		p.answered = true
		p.Text = "" // the room has it; the reply may wait for long
		p.outbox.posts--
	})
}

// Wake implements hub.Poster.
func (p *PostReply) Wake() { p.outbox.writer.Flush() }

// Cancel answers a post that no room has taken with err.
func (p *PostReply) Cancel(err error) {
	p.Err = err
	p.Answered()
	p.Wake()
}

// append appends the post's OK or ERR line.
func (p *PostReply) append(dst []byte) []byte {
	if p.Err != nil {
		line := p.outbox.writer.owner.ErrorLine(p.Verb, p.Err, p.Room.Name().Shown)
		return line.Append(dst, p.form)
	}
	line := proto.Line{Type: proto.OK, Verb: p.Verb, Room: p.Room.Name().Shown, Seq: p.Seq}
	return line.Append(dst, p.form)
}

// is reports whether stored, of that room, is this post. While it is under way its text
// decides.
func (p *PostReply) is(room *hub.Room, stored *history.Post) bool {
	if p.Room != room || p.answered {
		return p.Room == room && p.Seq == stored.Seq
	}
	return p.Nick == stored.Nick && p.Text == stored.Text
}
