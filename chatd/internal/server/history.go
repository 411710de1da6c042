package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// Limits of HISTORY and of JOIN LAST (protocol.md, "Limits").
const (
	historyPosts = 20
	maxHistory   = 1000
)

// A resume is where a JOIN goes on from: it brings back the last posts, or those after a
// number. The zero value: nothing.
type resume struct {
	last  uint64
	after *uint64
}

// parseResume reads [LAST n | AFTER seq].
func parseResume(words []string) (resume, error) {
	var r resume
	if len(words) == 0 {
		return r, nil
	}
	if len(words) == 2 {
		n, err := strconv.ParseUint(words[1], 10, 64)
		switch {
		case err != nil:
		case strings.EqualFold(words[0], "AFTER"):
			r.after = &n
			return r, nil
		case strings.EqualFold(words[0], "LAST") && n > maxHistory:
			return r, tooMuch("JOIN LAST", "HISTORY pages through the others")
		case strings.EqualFold(words[0], "LAST"):
			r.last = n
			return r, nil
		}
	}
	return r, &proto.Error{Code: proto.BadArguments, Text: "after the room JOIN takes LAST and how many posts, or AFTER and a number: " + proto.LookupVerb("JOIN").Form()}
}

func tooMuch(what, instead string) error {
	return &proto.Error{Code: proto.BadArguments, Limit: maxHistory, Text: fmt.Sprintf("%s brings back at most %d posts; %s", what, maxHistory, instead)}
}

// check refuses a number that the room, which has reached head, has not.
func (r resume) check(room *hub.Room, head uint64) error {
	if r.after == nil || *r.after <= head {
		return nil
	}
	name := room.Name().Shown
	return &proto.Error{Code: proto.BadPosition, Limit: head,
		Text: fmt.Sprintf("room %s has reached number %d; JOIN %s AFTER %d waits for what comes next", name, head, name, head)}
}

// sendBacklog sends what r asks for, up to number head.
func (s *session) sendBacklog(room *hub.Room, r resume, head uint64) error {
	from := head + 1 - min(r.last, head)
	if r.after != nil {
		from = *r.after + 1
	}
	_, err := s.sendHistory(room, from, head, head)
	return err
}

// A past is posts that are being sent.
type past struct {
	room           *hub.Room
	from, to, left uint64    // the numbers that are to come, the first left of them
	found          []uint64  // the numbers that are to come after these, in order
	before         time.Time // when the last one was posted
	shown          uint64    // how many were sent
}

// ended reports whether the posts from … to … were sent.
func (p *past) ended() bool { return p.from > p.to || p.left == 0 }

// more reports whether there is more to send, and goes on to the next run of what was found when
// the one before has ended.
func (p *past) more() bool {
	if p.ended() && len(p.found) > 0 {
		var run []uint64
		run, p.found = cutRun(p.found)
		p.left = uint64(len(run))
		p.from, p.to = run[0], run[p.left-1]
	}
	return !p.ended()
}

// sendHistory sends the posts from … to …, the first limit of them, and what is gone
// before them. It reads the store page by page, each in a turn of its own, as the session
// reads, and returns how many posts it sent. A conversation gets none of nicks that are
// ignored, and the date where that differs from the one of before.
func (s *session) sendHistory(room *hub.Room, from, to, limit uint64) (shown uint64, err error) {
	p := past{room: room, from: from, to: to, left: limit}
	err = s.sendPast(&p)
	return p.shown, err
}

// sendPast sends what is to come of p, as sendHistory says.
func (s *session) sendPast(p *past) (err error) {
	for err == nil && p.more() {
		err = s.inTurn(s.server.reads, func() error { return s.sendPages(p) })
	}
	return err
}

// sendPages sends the next page of p, or of runs that are shorter as many as make about a page.
// It stops where the turn has ended because the session's peer was waited for.
func (s *session) sendPages(p *past) error {
	for sent := 0; ; {
		n, err := s.sendPage(p)
		if sent += n; err != nil || sent >= hub.PageSize || s.place == nil || !p.ended() || !p.more() {
			return err
		}
	}
}

// readBytes is what a read counts as beside the posts that it brings.
const readBytes = 1 << 10

// sendPage reads the next page of p, and sends it. It returns what that counts as, in bytes.
func (s *session) sendPage(p *past) (bytes int, err error) {
	page, err := p.room.Page(s.ctx, p.from, min(p.to, p.from+p.left-1))
	if err != nil {
		return 0, err
	}
	bytes = readBytes
	if page.First > p.from {
		gap := hub.Gap(p.room.Name().Shown, p.from, min(page.First-1, p.to))
		s.out.WriteLine(&gap)
		p.from = gap.To + 1
	}
	for i := range page.Posts {
		line := p.room.Line(&page.Posts[i])
		line.Past = true
		p.from = line.Seq + 1
		bytes += len(line.Text) + postBytes
		if p.left--; s.hides(line.Nick) {
			continue
		}
		s.writeDay(p.before, line.Time)
		s.out.WriteLine(line)
		p.before = line.Time
		p.shown++
	}
	return bytes, s.ctx.Err()
}

// firstSince returns the number of the first post that is not older than age, when it is the
// session's turn.
func (s *session) firstSince(room *hub.Room, age time.Duration) (seq uint64, err error) {
	err = s.inTurn(s.server.reads, func() error { seq, err = room.Since(s.ctx, time.Now().Add(-age)); return err })
	return seq, err
}

// history carries out HISTORY.
func (s *session) history(c *proto.Command) error {
	q, err := parseHistory(c.Words)
	if err != nil {
		return err
	}
	room, err := s.openRoom(c)
	if err != nil {
		return err
	}
	defer room.close()
	head := room.Head()
	from, to, err := s.historyRange(room, q, head)
	if err != nil {
		return err
	}
	shown, err := s.sendHistory(room.Room, from, to, q.n)
	if err != nil {
		return err
	}
	return s.replyOK(proto.Line{Verb: "HISTORY", Room: room.Name().Shown, Shown: shown, Seq: head})
}

// historyRange returns the numbers of the posts that q asks for in a room that has reached
// number head.
func (s *session) historyRange(room roomRef, q historyQuery, head uint64) (from, to uint64, err error) {
	switch q.position {
	case "BEFORE":
		to = min(max(q.seq, 1)-1, head)
		return to + 1 - min(q.n, to), to, nil
	case "AFTER":
		if q.seq > head {
			err = &proto.Error{Code: proto.BadPosition, Limit: head, Text: fmt.Sprintf("room %s has reached number %d", room.Name().Shown, head)}
		}
		return q.seq + 1, head, err
	case "SINCE":
		from, err = s.firstSince(room.Room, q.age)
		return from, head, err
	}
	return head + 1 - min(q.n, head), head, nil
}

// A historyQuery is what a HISTORY asks for.
type historyQuery struct {
	n        uint64
	position string // BEFORE, AFTER, SINCE or none
	seq      uint64
	age      time.Duration
}

// parseHistory reads [n] [BEFORE seq | AFTER seq | SINCE age].
func parseHistory(words []string) (historyQuery, error) {
	q := historyQuery{n: historyPosts}
	bad := &proto.Error{Code: proto.BadArguments, Text: "HISTORY takes a number of posts and where they begin or end: " + proto.LookupVerb("HISTORY").Form()}
	if len(words)%2 == 1 {
		n, err := strconv.ParseUint(words[0], 10, 64)
		if err != nil {
			return q, bad
		}
		if n > maxHistory {
			return q, tooMuch("HISTORY", "page with BEFORE or AFTER")
		}
		q.n, words = n, words[1:]
	}
	if len(words) == 0 {
		return q, nil
	}
	var err error
	switch q.position = strings.ToUpper(words[0]); q.position {
	case "BEFORE", "AFTER":
		q.seq, err = strconv.ParseUint(words[1], 10, 64)
	case "SINCE":
		q.age, err = proto.ParseAge(words[1])
	default:
		err = bad
	}
	if err != nil {
		return q, bad
	}
	return q, nil
}
