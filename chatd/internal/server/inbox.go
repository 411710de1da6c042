package server

import (
	"context"
	"sync"
	"sync/atomic"

	"linechat/chatd/internal/hub"
)

// A message is what somebody else does to a session: another session, or the server. It
// is an end, the end of a membership, a PASTE that may have waited too long, the loss of a nick, or a private
// line.
type message struct {
	end        *closeReason // the session is to end, for this reason
	dropped    *hub.Member  // its room was deleted
	idlePaste  *paste       // no line may have come for it lately
	lostNick   string       // another has the nick of that fold; "": none is lost
	from, text string       // a TELL
}

// deliver hands a message to the session. It is the one way in for others: any goroutine
// may call it, and it waits for nothing. What is to be written goes to the outbox at
// once, whatever the reader is at; what concerns the reader's own state waits in the
// inbox until the reader takes it, between two commands. hub.ErrNoUser, hub.ErrBusyUser.
func (s *session) deliver(m message) error {
	switch {
	case m.end != nil:
		s.inbox.put(m)
		s.abort()
	case m.dropped != nil, m.idlePaste != nil, m.lostNick != "":
		s.inbox.put(m)
		s.conn.Wake()
	default:
		return s.out.Tell(m.from, m.text)
	}
	return nil
}

// end ends the session, for somebody else or because its peer is lost. The first reason
// counts.
func (s *session) end(why *closeReason) { _ = s.deliver(message{end: why}) }

// ID implements hub.User.
func (s *session) ID() uint64 { return s.id }

// End implements hub.User.
func (s *session) End() { s.end(ended) }

// LoseNick implements hub.User.
func (s *session) LoseNick(fold string) { _ = s.deliver(message{lostNick: fold}) }

// Dropped implements hub.User.
func (s *session) Dropped(m *hub.Member) { _ = s.deliver(message{dropped: m}) }

// Notice implements hub.User.
func (s *session) Notice(text string) { s.out.Notice(text) }

// Tell implements hub.User. Who is ignored learns no more than that the user is busy.
func (s *session) Tell(_ context.Context, from, text string) error {
	if s.ignored.Load().Has(from) {
		return hub.ErrBusyUser
	}
	return s.deliver(message{from: from, text: text})
}

// Replace implements hub.User.
func (s *session) Replace() <-chan struct{} {
	s.end(replaced)
	return s.left
}

// drainInbox does what the messages for the reader say. It returns why the session is to
// end, or nil.
func (s *session) drainInbox() *closeReason {
	for _, m := range s.inbox.take() {
		switch {
		case m.end != nil:
			return m.end
		case m.dropped != nil:
			s.dropped(m.dropped)
		case m.lostNick != "":
			s.loseNick(m.lostNick)
		default:
			s.idlePaste(m.idlePaste)
		}
	}
	return nil
}

// An inbox holds the messages for a session's reader. The zero value is empty.
type inbox struct {
	some atomic.Bool // there are messages: the reader asks after every line

	mu       sync.Mutex
	messages []message
}

func (in *inbox) put(m message) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.messages = append(in.messages, m)
	in.some.Store(true)
}

// take returns the messages that have come in.
func (in *inbox) take() []message {
	if !in.some.Load() {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	messages := in.messages
	in.messages = nil
	in.some.Store(false)
	return messages
}
