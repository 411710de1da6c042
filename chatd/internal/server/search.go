package server

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/hub"
	"linechat/chatd/proto"
)

// Limits of SEARCH (protocol.md, "SEARCH").
const (
	maxSearchWords = 32
	minPrefix      = 2
)

// search carries out SEARCH. What it finds is read and sent in runs of posts that stand next to
// each other.
func (s *session) search(c *proto.Command) error {
	q, err := parseSearch(c.Text)
	if err != nil {
		return err
	}
	room, err := s.openRoom(c)
	if err != nil {
		return err
	}
	defer room.close()
	head := room.Head()
	hits, err := s.find(&q, room.Room, head)
	if err != nil {
		return err
	}
	name := room.Name().Shown
	if hits.MissedTo > 0 {
		s.out.WriteLine(&proto.Line{Type: proto.GAP, Room: name, From: hits.MissedFrom, To: hits.MissedTo, Why: "time"})
	}
	p := past{room: room.Room, found: hits.Seqs}
	if err := s.sendPast(&p); err != nil {
		return err
	}
	return s.replyOK(proto.Line{Verb: "SEARCH", Room: name, Shown: p.shown, Seq: head})
}

// cutRun cuts off the numbers that follow each other at the beginning of seqs, which are in order.
func cutRun(seqs []uint64) (run, rest []uint64) {
	n := 1
	for n < len(seqs) && seqs[n] == seqs[n-1]+1 {
		n++
	}
	return seqs[:n], seqs[n:]
}

// find searches the room up to head, when no other session of the origin searches and it is
// the origin's turn. What it has found is not read yet: whoever is slow to take it keeps nobody
// from searching.
func (s *session) find(q *searchQuery, room *hub.Room, head uint64) (history.Hits, error) {
	if err := s.payer.BeginSearch(s.ctx); err != nil {
		return history.Hits{}, err
	}
	defer s.payer.EndSearch()
	if err := s.bound(q, room, head); err != nil {
		return history.Hits{}, err
	}
	return s.lookFor(q.Query, room)
}

// shortSearch is how long a search takes after which the next one begins at once.
const shortSearch = 10 * time.Millisecond

// lookFor searches the room when it is the turn of the session's origin. After a long search the
// place rests for about as long as that took, unless there are no rates or the origin is exempt:
// who posts has half of the processor that searches would take all of.
func (s *session) lookFor(q history.Query, room *hub.Room) (history.Hits, error) {
	s.Block()
	turn, err := s.server.searches.Begin(s.ctx, s.payer)
	if err != nil {
		return history.Hits{}, err
	}
	began := time.Now()
	defer func() {
		took := time.Since(began)
		s.server.config.Meter.SearchDone(took)
		if took <= shortSearch || s.server.config.Rate == 0 || s.payer.Exempt() {
			turn.End()
			return
		}
		time.AfterFunc(took-shortSearch, turn.End)
	}()
	return room.Search(s.ctx, q)
}

// bound keeps q to what is published, and to the posts that are not too old.
func (s *session) bound(q *searchQuery, room *hub.Room, head uint64) error {
	if q.Before == 0 || q.Before > head {
		q.Before = head + 1
	}
	if !q.aged {
		return nil
	}
	since, err := s.firstSince(room, q.age)
	q.After = since - 1
	return err
}

// A searchQuery is what a SEARCH asks for.
type searchQuery struct {
	history.Query
	aged  bool // only posts that are not older than age
	age   time.Duration
	words int
}

// parseSearch reads words, "phrases", beginnings*, and from:, since:, before:
// and limit:.
func parseSearch(text string) (searchQuery, error) {
	q := searchQuery{Query: history.Query{Limit: historyPosts}}
	for text = strings.TrimLeft(text, " \t"); text != ""; text = strings.TrimLeft(text, " \t") {
		var word string
		if phrase, ok := strings.CutPrefix(text, `"`); ok {
			word, text, _ = strings.Cut(phrase, `"`)
			rest, prefix := strings.CutPrefix(text, "*")
			text = rest
			q.addTerm(word, prefix)
			continue
		}
		word, text = cutWord(text)
		narrowed, err := q.narrow(word)
		if err != nil {
			return q, err
		}
		begin, prefix := strings.CutSuffix(word, "*")
		if prefix && utf8.RuneCountInString(begin) < minPrefix && begin != "" {
			return q, &proto.Error{Code: proto.BadArguments, Limit: minPrefix, Text: fmt.Sprintf("%s would find too many words; put at least %d characters before the *", word, minPrefix)}
		}
		if !narrowed {
			q.addTerm(begin, prefix)
		}
	}
	if q.words > maxSearchWords {
		return q, &proto.Error{Code: proto.BadArguments, Limit: maxSearchWords, Text: fmt.Sprintf("SEARCH takes at most %d words", maxSearchWords)}
	}
	if len(q.Terms) == 0 && q.Nick == "" {
		return q, &proto.Error{Code: proto.BadArguments, Text: "SEARCH needs a word of letters or digits, or from:nick: " + proto.LookupVerb("SEARCH").Form()}
	}
	return q, nil
}

func cutWord(text string) (word, rest string) {
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		return text[:i], text[i:]
	}
	return text, ""
}

// addTerm adds words that stand next to each other. A text without a letter or digit is
// ignored, as it is in a post.
func (q *searchQuery) addTerm(text string, prefix bool) {
	if words := history.Words(text); len(words) > 0 {
		q.words += len(words)
		q.Terms = append(q.Terms, history.Term{Words: words, Prefix: prefix})
	}
}

// narrow takes a word such as from:nick, and reports whether word is one.
func (q *searchQuery) narrow(word string) (bool, error) {
	key, value, ok := strings.Cut(word, ":")
	if !ok {
		return false, nil
	}
	var err error
	var wants string
	switch strings.ToLower(key) {
	case "from":
		var name proto.Name
		name, err = proto.ParseNick(value)
		q.Nick, wants = name.Fold, "from: with a nick"
	case "since":
		q.age, err = proto.ParseAge(value)
		q.aged = true
		wants = "since: with an age such as 90s, 15m, 2h or 7d"
	case "before":
		q.Before, err = positive(value)
		wants = "before: with the number of a post"
	case "limit":
		var n uint64
		if n, err = positive(value); err == nil && n > maxHistory {
			return true, tooMuch("SEARCH", "page with before:")
		}
		q.Limit, wants = int(n), "limit: with how many posts"
	default:
		return false, nil
	}
	if err != nil {
		return true, &proto.Error{Code: proto.BadArguments, Text: fmt.Sprintf("%s is not understood; SEARCH takes %s, and \"quotes\" around what is to be found as it is", word, wants)}
	}
	return true, nil
}

func positive(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err == nil && n == 0 {
		err = strconv.ErrRange
	}
	return n, err
}
