package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync/atomic"

	"linechat/chatd/proto"
)

// How many posts an answer has at most.
const (
	historyLimit = 100
	searchLimit  = 20 // as long as nothing else is said
)

// A question is a command that brings posts back from one room.
type question struct {
	name     string
	command  proto.Command // but for the room
	limit    uint64
	parts    []string        // words that stand next to each other in each post; none: the last posts are wanted
	expected []atomic.Uint64 // by room: how many posts fit that are acknowledged
}

func newQuestions(v vocabulary, rooms int) []*question {
	common, rare := v.word(commonRank), v.word(rareRank)
	phrase := v.word(firstRank) + " " + v.word(secondRank)
	all := []*question{
		{name: "HISTORY 100", command: proto.Command{Verb: "HISTORY", Words: []string{fmt.Sprint(historyLimit)}}, limit: historyLimit},
		newSearch("common", common),
		newSearch("rare", rare),
		newSearch(`"a phrase"`, phrase),
		newSearch("two words", common, v.word(otherRank)),
	}
	for _, q := range all {
		q.expected = make([]atomic.Uint64, rooms)
	}
	return all
}

// newSearch returns a SEARCH for words and phrases.
func newSearch(name string, parts ...string) *question {
	var terms []string
	for _, p := range parts {
		if strings.Contains(p, " ") {
			p = `"` + p + `"`
		}
		terms = append(terms, p)
	}
	return &question{name: "SEARCH " + name, command: proto.Command{Verb: "SEARCH", Text: strings.Join(terms, " ")}, limit: searchLimit, parts: parts}
}

// ask returns the command for a room.
func (q *question) ask(room string) ([]byte, error) {
	command := q.command
	command.Room = room
	return command.Append(nil)
}

// fits reports whether a post is an answer.
func (q *question) fits(text string) bool {
	text = " " + text + " "
	for _, p := range q.parts {
		if !strings.Contains(text, " "+p+" ") {
			return false
		}
	}
	return true
}

// An answer is the lines that answer a question, and what was found in them.
type answer struct {
	lines []byte
	room  string
	least uint64 // how many posts fitted when it was asked

	first, last uint64 // numbers of the posts
	shown       uint64
	cut         bool // the search did not come to all posts in its time
}

// check reads an answer and says what is wrong with it.
func (q *question) check(a *answer) error {
	for line := range bytes.Lines(a.lines) {
		l, err := proto.ParseLine(string(bytes.TrimSuffix(line, []byte{'\n'})))
		if err != nil {
			return fmt.Errorf("%w: %q", err, line)
		}
		switch {
		case l.Type == proto.OK:
			return q.checkEnd(a, &l)
		case l.Type == proto.NOTICE:
		case l.Type == proto.GAP && l.Why == "time" && len(q.parts) > 0:
			a.cut = true
		case l.Type != proto.MSG || !l.Past || l.Room != a.room || l.Seq <= a.last || !q.fits(l.Text):
			return fmt.Errorf("%s in %s was answered with %q behind post %d", q.name, a.room, line, a.last)
		default:
			if a.last, a.shown = l.Seq, a.shown+1; a.shown == 1 {
				a.first = l.Seq
			}
		}
	}
	return fmt.Errorf("%s in %s was not answered", q.name, a.room)
}

// checkEnd checks what the OK says of the posts before it.
func (q *question) checkEnd(a *answer, ok *proto.Line) error {
	wanted := min(q.limit, a.least)
	if len(q.parts) == 0 {
		wanted = min(q.limit, max(a.least, ok.Seq))
	}
	switch {
	case ok.Verb != q.command.Verb || ok.Room != a.room || ok.Shown != a.shown || ok.Seq < a.last:
		return fmt.Errorf("%s in %s brought %d posts up to %d, and ended with %q", q.name, a.room, a.shown, a.last, ok.Append(nil, proto.Text))
	case a.shown < wanted && !a.cut || a.shown > q.limit:
		return fmt.Errorf("%s in %s brought %d posts, of %d at least", q.name, a.room, a.shown, wanted)
	case len(q.parts) == 0 && a.shown > 0 && (a.last != ok.Seq || a.first+a.shown != a.last+1):
		return fmt.Errorf("%s in %s brought %d posts from %d to %d, where there are %d", q.name, a.room, a.shown, a.first, a.last, ok.Seq)
	}
	return nil
}
