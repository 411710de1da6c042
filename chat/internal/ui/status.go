package ui

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"linechat/chat/client"
)

// A connection is the connection as the person sees it.
type connection struct {
	state client.State
	next  time.Time // when lost: of the next attempt
	lost  bool      // it was said that it is lost
	bye   string    // what the server has said last
}

// up reports whether there is a connection.
func (l *connection) up() bool { return l.state == client.Init || l.state == client.InRoom }

// changesAt is when the status row changes by itself: it counts the seconds.
func (l *connection) changesAt(now time.Time) time.Time {
	if l.state != client.Lost || !now.Before(l.next) {
		return time.Time{}
	}
	left := l.next.Sub(now)
	return now.Add(left - (left-1)/time.Second*time.Second)
}

// text is the state in words.
func (l *connection) text(now time.Time) string {
	switch {
	case l.up():
		return "connected"
	case l.state == client.Lost && now.Before(l.next):
		left := (l.next.Sub(now) + time.Second - 1) / time.Second
		return fmt.Sprintf("lost: next attempt in %d s", left)
	}
	return "connecting"
}

// maxNameWidth is how much of a room's name the status row has room for.
const maxNameWidth = 20

func truncateName(name string) string { return runewidth.Truncate(name, maxNameWidth, "..") }

// statusText is the status row, what matters most first: its end may be cut.
func (u *ui) statusText(now time.Time) string {
	where := "in no room"
	if r := u.rooms[u.current]; r != nil {
		where = truncateName(r.name)
		if n := r.memberCount(); n > 0 && u.connection.up() {
			where += ", " + plural(n, "member", "members")
		}
	}
	parts := []string{where}
	if state := u.connection.text(now); u.connection.up() {
		parts = append(parts, state)
	} else {
		parts = append(parts, u.view.Bold(state))
	}
	if n := u.requests.posts(); n > 0 && !u.connection.up() {
		parts = append(parts, plural(n, "post waits", "posts wait"))
	}
	if unread := u.unreadText(); unread != "" {
		parts = append(parts, "unread: "+unread)
	}
	return strings.Join(append(parts, u.nick), " | ")
}

// maxUnreadRooms is how many rooms the status row names as unread; more are counted.
const maxUnreadRooms = 4

// unreadText lists the rooms with unread posts; those that have the person's
// nick come first, with an exclamation mark.
func (u *ui) unreadText() string {
	unread := slices.Collect(maps.Values(u.rooms))
	unread = slices.DeleteFunc(unread, func(r *room) bool { return r.unread == 0 })
	slices.SortFunc(unread, func(a, b *room) int {
		if a.mentioned != b.mentioned {
			if a.mentioned {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.unread, a.unread), strings.Compare(a.name, b.name))
	})
	var words []string
	for i, r := range unread {
		if left := len(unread) - i; left > 1 && i == maxUnreadRooms-1 {
			words = append(words, fmt.Sprintf("%d more", left))
			break
		}
		word := fmt.Sprintf("%s %d", truncateName(r.name), r.unread)
		if r.mentioned {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// promptText is what stands before the line.
func (u *ui) promptText() string {
	switch {
	case u.collect != nil:
		return "paste> "
	case u.current == "":
		return "> "
	}
	return u.view.Bold(truncateName(u.current)) + "> "
}
