// Package look is how posts look to people, the same in every command that
// shows them.
package look

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"linechat/chatd/proto"
)

// A Look is how posts look on one terminal. It knows which day was shown last,
// so it is for one goroutine at a time.
type Look struct {
	color bool
	zone  *time.Location
	day   string // of what was shown last
}

// New returns a Look with colours or without, with times of that zone. What is
// of the day of now needs no line that names its day.
func New(color bool, zone *time.Location, now time.Time) *Look {
	return &Look{color: color, zone: zone, day: now.In(zone).Format(time.DateOnly)}
}

// A Weight is how much a post stands out.
type Weight uint8

// The weights.
const (
	Plain Weight = iota
	Dim          // it is past
	Bold         // it is meant for the reader
)

// Post returns a post as lines, without an end. Where a room is given, it
// stands before the nick. A new day comes first, as a line of its own; further
// lines of the post are indented.
func (l *Look) Post(p *proto.Line, room string, weight Weight) string {
	day, clock := l.Clock(p.Time)
	head, width := clock+" ", len("15:04 ")
	if room != "" {
		head += "[" + room + "] "
		width += runewidth.StringWidth(room) + len("[] ")
	}
	nick := l.nick(p.Nick, weight)
	if p.Type == proto.ME {
		head += "* " + nick + " "
	} else {
		head += "<" + nick + "> "
	}
	width += runewidth.StringWidth(p.Nick) + len("<> ")
	lines := strings.Split(p.Text, "\n")
	for i, line := range lines {
		if i > 0 {
			head = strings.Repeat(" ", width)
		}
		lines[i] = l.weigh(head, line, weight)
	}
	return day + strings.Join(lines, "\n")
}

// nick is a nick in its colour, unless all of the post is dim.
func (l *Look) nick(nick string, weight Weight) string {
	if weight == Dim {
		return nick
	}
	return l.Nick(nick)
}

func (l *Look) weigh(head, text string, weight Weight) string {
	switch weight {
	case Dim:
		return l.Dim(head + text)
	case Bold:
		return head + l.Bold(text)
	}
	return head + text
}

// Clock returns a time as hours and minutes, and, if its day is another one
// than was shown last, a line that names the day, with its end.
func (l *Look) Clock(t time.Time) (day, clock string) {
	t = t.In(l.zone)
	if date := t.Format(time.DateOnly); date != l.day {
		l.day = date
		day = l.Dim(t.Format("-- Mon, 2 Jan 2006 --")) + "\n"
	}
	return day, t.Format("15:04")
}

// nickColors are of the 256 colours those that can be read on a dark and on a
// light ground.
var nickColors = []int{31, 36, 62, 66, 94, 97, 100, 125, 130, 133, 160, 168}

// Nick is a nick in the colour that it has everywhere.
func (l *Look) Nick(nick string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(nick)))
	return l.sgr(fmt.Sprintf("38;5;%d", nickColors[h.Sum32()%uint32(len(nickColors))]), nick)
}

// Dim is text that steps back.
func (l *Look) Dim(text string) string { return l.sgr("2", text) }

// Bold is text that stands out.
func (l *Look) Bold(text string) string { return l.sgr("1", text) }

// Red is text about what went wrong.
func (l *Look) Red(text string) string { return l.sgr("31", text) }

func (l *Look) sgr(code, text string) string {
	if !l.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Rooms returns ROOM lines as columns: name, members, topic.
func Rooms(list []proto.Line) []string {
	wide := 0
	for i := range list {
		wide = max(wide, runewidth.StringWidth(list[i].Room))
	}
	lines := make([]string, len(list))
	for i := range list {
		r := &list[i]
		lines[i] = strings.TrimRight(fmt.Sprintf("%s %5d  %s", runewidth.FillRight(r.Room, wide), r.Members, r.Text), " ")
	}
	return lines
}
