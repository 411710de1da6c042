package ui

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"

	"linechat/chat/internal/render"
)

// A connection is what is shown of the connection.
type connection struct {
	next time.Time // of the next attempt; zero: there is a connection, or one is being made
	lost bool      // its loss was shown
	bye  string    // the text of the server's BYE
}

// changesAt is when the seconds until the next attempt are one less; zero: never.
func (c *connection) changesAt(now time.Time) time.Time {
	if !now.Before(c.next) {
		return time.Time{}
	}
	left := c.next.Sub(now)
	return now.Add(left - (left-1)/time.Second*time.Second)
}

// text says when a lost connection is tried again.
func (c *connection) text(now time.Time) string {
	if !now.Before(c.next) {
		return "connecting"
	}
	left := (c.next.Sub(now) + time.Second - 1) / time.Second
	return fmt.Sprintf("lost: next attempt in %d s", left)
}

// maxNameWidth is how many columns the name of a room takes at most.
const maxNameWidth = 20

func truncateName(name string) string { return runewidth.Truncate(name, maxNameWidth, "..") }

// statusText returns the status row. What matters most comes first, since its end may
// be cut.
func (u *ui) statusText(now time.Time) string {
	where := "in no room"
	if r := u.rooms[u.route.current]; r != nil {
		where = truncateName(r.name)
		if n := r.memberCount(); n > 0 && u.session.Connected() {
			where += ", " + render.Plural(n, "member", "members")
		}
	}
	parts := []string{where}
	if u.session.Connected() {
		parts = append(parts, "connected")
	} else {
		parts = append(parts, u.view.Bold(u.connection.text(now)))
		if n := u.requests.posts(); n > 0 {
			parts = append(parts, render.Plural(n, "post waits", "posts wait"))
		}
	}
	if unread := u.unreadText(); unread != "" {
		parts = append(parts, "unread: "+unread)
	}
	return strings.Join(append(parts, u.session.Nick), " | ")
}

// maxUnreadRooms is how many unread rooms the status row names at most.
const maxUnreadRooms = 4

// unreadText lists the rooms with unread posts. Those where the person was mentioned
// come first, with an exclamation mark.
func (u *ui) unreadText() string {
	unread := slices.Collect(maps.Values(u.rooms))
	unread = slices.DeleteFunc(unread, func(r *room) bool { return r.unread == 0 })
	slices.SortFunc(unread, func(a, b *room) int {
		return cmp.Or(trueFirst(a.mentioned, b.mentioned), cmp.Compare(b.unread, a.unread), strings.Compare(a.name, b.name))
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

// promptText returns what stands before the line that is typed.
func (u *ui) promptText() string {
	if u.collect != nil {
		return "paste> "
	}
	return u.view.Bold(truncateName(u.route.current)) + "> "
}
