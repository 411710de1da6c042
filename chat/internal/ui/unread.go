package ui

import "time"

// idleTimeout is how long somebody types nothing until what comes counts as unread.
const idleTimeout = 10 * time.Minute

// An unreadMark is whether the person has been looking.
type unreadMark struct {
	away   bool      // the window is not in focus
	typed  time.Time // when something was entered
	marked bool      // the first unread post has its mark
}

// setFocus notes that the window has gained or lost the focus.
func (a *unreadMark) setFocus(gained bool) { a.away, a.marked = !gained, false }

// noteInput notes that something was entered.
func (a *unreadMark) noteInput(now time.Time) { a.typed, a.marked = now, false }

// startsUnread reports whether a post that comes now is the first unread one.
func (a *unreadMark) startsUnread(now time.Time) bool {
	if a.marked || !a.away && now.Sub(a.typed) < idleTimeout {
		return false
	}
	a.marked = true
	return true
}
