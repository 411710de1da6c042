package ui

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"linechat/chatd/proto"
)

// A view makes the lines that a person reads. It knows which day the last one
// was of, and nothing else of what came before.
type view struct {
	Palette
	zone *time.Location
	day  string
}

func newView(color bool, zone *time.Location, now time.Time) *view {
	return &view{Palette{color}, zone, now.In(zone).Format(time.DateOnly)}
}

// How a post is shown.
type manner struct {
	past    bool   // it was brought back
	mention bool   // it names the reader
	room    string // shown with it; "": it is the current one
}

// post returns the lines of a MSG, ME or TELL, one below the other.
func (v *view) post(l *proto.Line, m manner) string {
	var b strings.Builder
	b.WriteString(v.date(l.Time))
	clock := l.Time.In(v.zone).Format("15:04") + " "
	where := ""
	if m.room != "" {
		where = "[" + m.room + "] "
	}
	before, behind := "", ": "
	if l.Type == proto.ME {
		before, behind = "* ", " "
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(clock+where+before+l.Nick+behind))
	first, rest, more := strings.Cut(l.Text, "\n")
	b.WriteString(v.Dim(clock+where) + before + v.Nick(l.Nick) + behind + v.said(first, m))
	for more {
		first, rest, more = strings.Cut(rest, "\n")
		b.WriteString("\n" + indent + v.said(first, m))
	}
	return b.String()
}

func (v *view) said(text string, m manner) string {
	switch {
	case m.past:
		return v.Dim(text)
	case m.mention:
		return v.Bold(text)
	}
	return text
}

// date is a line of its own where a day begins.
func (v *view) date(t time.Time) string {
	t = t.In(v.zone)
	day := t.Format(time.DateOnly)
	if day == v.day {
		return ""
	}
	v.day = day
	return v.Dim(t.Format("-- Mon, 2 Jan 2006 --")) + "\n"
}

// rule is a line that divides what is above it from what is below.
func (v *view) rule(format string, args ...any) string {
	return v.Dim("-- " + fmt.Sprintf(format, args...) + " --")
}

// private returns the line of a TELL; to is empty for one to the reader.
func (v *view) private(at time.Time, from, to, text string) string {
	who := v.Nick(from) + " tells you: "
	if to != "" {
		who = "you tell " + v.Nick(to) + ": "
	}
	if to == "" {
		text = v.Bold(text)
	}
	return v.date(at) + v.Dim(at.In(v.zone).Format("15:04")+" ") + who + text
}

// topic says what a room's topic is.
func (v *view) topic(room, nick, text string) string {
	if text == "" && nick == "" {
		return v.rule("%s has no topic", room)
	}
	if text == "" {
		return v.rule("%s has taken the topic of %s away", nick, room)
	}
	return v.Dim("-- topic of "+room+": ") + text + v.Dim(" (set by "+nick+") --")
}

// gap names the posts that are not to be had.
func (v *view) gap(l *proto.Line) string {
	why := map[string]string{
		"retention": "the server keeps them no longer",
		"time":      "the search did not come to them",
	}[l.Why]
	return v.rule("posts %d to %d of %s are missing: %s", l.From, l.To, l.Room, cmp.Or(why, l.Why))
}

// problem says what was refused or has failed.
func (v *view) problem(format string, args ...any) string {
	return v.Bold("!") + " " + fmt.Sprintf(format, args...)
}

// counted is a number with its noun.
func counted(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
