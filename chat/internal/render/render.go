// Package render turns posts, rooms and events into text for people, for the prompt and
// for the commands.
package render

import (
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"linechat/chat/client"
)

// A Renderer renders posts for one terminal. It knows which day was shown last, so it
// is for one goroutine at a time.
type Renderer struct {
	color bool
	zone  *time.Location
	day   string // the last one that was shown
}

// New returns a Renderer, with colours or without, for times in a zone. The day of
// now counts as shown.
func New(color bool, zone *time.Location, now time.Time) *Renderer {
	return &Renderer{color: color, zone: zone, day: now.In(zone).Format(time.DateOnly)}
}

// A Style is how much a post stands out.
type Style uint8

// The styles.
const (
	Plain Style = iota
	Dim         // for past posts
	Bold        // for posts that mention the reader
)

// Post returns a post as lines, without the last line end. A room stands before the
// nick unless it is empty. A new day comes first, as a line of its own; further lines
// of the post are indented.
func (r *Renderer) Post(m client.Message, room string, style Style) string {
	day, clock := r.Clock(m.Time)
	head, width := clock+" ", len("15:04 ")
	if room != "" {
		head += "[" + room + "] "
		width += runewidth.StringWidth(room) + len("[] ")
	}
	nick := m.Nick
	if style != Dim { // which all of the post is
		nick = r.Nick(nick)
	}
	if m.Action {
		head += "* " + nick + " "
	} else {
		head += "<" + nick + "> "
	}
	width += runewidth.StringWidth(m.Nick) + len("<> ")
	lines := strings.Split(m.Text, "\n")
	for i, line := range lines {
		if i > 0 {
			head = strings.Repeat(" ", width)
		}
		lines[i] = r.styled(head, line, style)
	}
	return day + strings.Join(lines, "\n")
}

func (r *Renderer) styled(head, text string, style Style) string {
	switch style {
	case Dim:
		return r.Dim(head + text)
	case Bold:
		return head + r.Bold(text)
	}
	return head + text
}

// Clock returns a time as hours and minutes. If its day is not the one that was shown
// last, day is a line that names it, with its end.
func (r *Renderer) Clock(t time.Time) (day, clock string) {
	t = t.In(r.zone)
	if date := t.Format(time.DateOnly); date != r.day {
		r.day = date
		day = r.Dim(t.Format("-- Mon, 2 Jan 2006 --")) + "\n"
	}
	return day, t.Format("15:04")
}

// Date returns a time with its day.
func (r *Renderer) Date(t time.Time) string { return t.In(r.zone).Format("2 Jan 2006 15:04") }

// nickColors are those of the 256 colours that can be read on dark and on light
// backgrounds.
var nickColors = []int{31, 36, 62, 66, 94, 97, 100, 125, 130, 133, 160, 168}

// Nick returns a nick in its colour, which is the same everywhere.
func (r *Renderer) Nick(nick string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(nick)))
	return r.sgr(fmt.Sprintf("38;5;%d", nickColors[h.Sum32()%uint32(len(nickColors))]), nick)
}

// Dim returns dim text.
func (r *Renderer) Dim(text string) string { return r.sgr("2", text) }

// Bold returns bold text.
func (r *Renderer) Bold(text string) string { return r.sgr("1", text) }

// Red returns red text.
func (r *Renderer) Red(text string) string { return r.sgr("31", text) }

func (r *Renderer) sgr(code, text string) string {
	if !r.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Rooms returns a list of rooms as columns: name, members, topic.
func Rooms(list []client.RoomInfo) []string {
	wide := 0
	for i := range list {
		wide = max(wide, runewidth.StringWidth(list[i].Name))
	}
	lines := make([]string, len(list))
	for i := range list {
		r := &list[i]
		lines[i] = strings.TrimRight(fmt.Sprintf("%s %5d  %s", runewidth.FillRight(r.Name, wide), r.Members, r.Topic), " ")
	}
	return lines
}

// Gap says which posts are missing, and why.
func Gap(g client.Gap) string {
	switch g.Why {
	case "retention":
		return fmt.Sprintf("posts %d to %d of %s are missing: the server no longer keeps them", g.From, g.To, g.Room)
	case "time":
		return fmt.Sprintf("posts %d to %d of %s were not searched: it took too long", g.From, g.To, g.Room)
	}
	return fmt.Sprintf("posts %d to %d of %s are missing: %s", g.From, g.To, g.Room, g.Why)
}

// Reset says that a room was reset.
func Reset(e client.RoomReset) string {
	return fmt.Sprintf("%s was reset: its last post is number %d, and %d was shown before", e.Room, e.Head, e.Seen)
}

// ConnectedAgain says that a lost connection is there again, and to which server if that is
// another one.
func ConnectedAgain(e client.StateChange) string {
	if e.From.Server != e.To.Server {
		return "connected again, to " + e.To.Server
	}
	return "connected again"
}

// Removed says that the server has removed the user from a room, and why.
func Removed(e client.MemberLeft) string {
	if e.Why == "dropped" {
		return fmt.Sprintf("you are no longer in %s: an administrator has deleted it", e.Room)
	}
	return fmt.Sprintf("you were removed from %s: %s", e.Room, e.Why)
}

// Plural returns a number with the word for it.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
