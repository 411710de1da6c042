package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// askTimeout is how long other machines, all together, may take to answer.
const askTimeout = 2 * time.Second

// maxAnswered is how many sessions one machine lists for another: they fit a message.
const maxAnswered = 5000

var _ hub.Sessions = (*Server)(nil)

// Session implements hub.Sessions.
func (srv *Server) Session(id uint64) hub.User {
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if s := srv.sessions[id]; s != nil {
		return s
	}
	return nil
}

// Answer implements hub.Sessions.
func (srv *Server) Answer(q backplane.Question) (a backplane.Answer) {
	switch q.Verb {
	case "TELL":
		a.Refused = srv.answerTell(q)
	case "SESSIONS":
		lines := srv.sessionLines(q.Account)
		a.Lines, _ = json.Marshal(lines[:min(len(lines), maxAnswered)]) // strings, which do not fail
	case "END":
		if !srv.endAsked(q.Session, q.Account) {
			a.Refused = string(proto.NoSuchSession)
		}
	}
	return a
}

// answerTell hands over a private line of another machine, and returns why it does not.
func (srv *Server) answerTell(q backplane.Question) (code string) {
	u := srv.Session(q.Session)
	if u == nil {
		return string(proto.NoSuchUser)
	}
	switch u.Tell(srv.ctx, q.From, q.Text) {
	case nil:
		return ""
	case hub.ErrBusyUser:
		return string(proto.BusyUser)
	}
	return string(proto.NoSuchUser)
}

// A sessionLine is what SESSIONS says of a session.
type sessionLine struct {
	ID, Nick, Door, Since string
	Address               string `json:",omitempty"` // for admins
}

// askSessions returns what other machines say of the sessions of the account of that fold, or with "" of all.
// Those of a machine that does not answer are left out.
func (s *session) askSessions(account string) (all []sessionLine) {
	epochs := s.server.hub.Machines()
	answers := make([][]sessionLine, len(epochs))
	ctx, cancel := context.WithTimeout(s.ctx, askTimeout)
	defer cancel()
	var asked sync.WaitGroup
	for i, epoch := range epochs {
		asked.Go(func() {
			answer, err := s.server.hub.Ask(ctx, epoch, backplane.Question{Verb: "SESSIONS", Account: account})
			if err != nil || json.Unmarshal(answer.Lines, &answers[i]) != nil {
				answers[i] = nil
			}
		})
	}
	asked.Wait()
	return slices.Concat(answers...)
}

// sessionID returns the word that stands for a session of this machine.
func (srv *Server) sessionID(id uint64) string {
	if !srv.hub.Shared() {
		return strconv.FormatUint(id, 10)
	}
	return fmt.Sprintf("%s-%d", strconv.FormatUint(srv.hub.Epoch(), 36), id)
}

// How long JOIN AFTER waits for a number that another machine may have given (protocol.md,
// "Several machines"), and how often it looks.
const (
	maxAwait   = 5 * time.Second
	awaitEvery = 20 * time.Millisecond
)

// awaitPosition waits until the room has reached the number that a session resumes at, if
// other machines may be ahead of this one.
func (s *session) awaitPosition(room *hub.Room, from resume) {
	s.await(from, func() bool { return room.Head() >= *from.after })
}

// openAt opens the room that a session resumes in, which another machine may have made.
func (s *session) openAt(fold string, from resume) (room *hub.Room, err error) {
	room, err = s.server.hub.Open(s.ctx, s, fold)
	if errors.Is(err, history.ErrNoRoom) {
		s.await(from, func() bool {
			room, err = s.server.hub.Open(s.ctx, s, fold)
			return !errors.Is(err, history.ErrNoRoom)
		})
	}
	return room, err
}

// await waits until there is what a session resumes at, if other machines may be ahead.
func (s *session) await(from resume, there func() bool) {
	if from.after == nil || !s.server.hub.Shared() {
		return
	}
	s.Block()
	for end := time.Now().Add(maxAwait); !there() && time.Now().Before(end); {
		sleep(s.ctx, awaitEvery)
	}
}

// endElsewhere ends a session of another machine, and reports whether it did.
func (s *session) endElsewhere(word, account string) bool {
	machine, session, _ := strings.Cut(word, "-")
	epoch, err := strconv.ParseUint(machine, 36, 64)
	id, bad := strconv.ParseUint(session, 10, 64)
	if err != nil || bad != nil || !s.server.hub.Shared() {
		return false
	}
	ctx, cancel := context.WithTimeout(s.ctx, askTimeout)
	defer cancel()
	answer, err := s.server.hub.Ask(ctx, epoch, backplane.Question{Verb: "END", Session: id, Account: account})
	return err == nil && answer.Refused == ""
}
