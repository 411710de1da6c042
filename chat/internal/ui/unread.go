package ui

import "time"

// idleTimeout is how long a person types nothing until posts count as unread.
const idleTimeout = 10 * time.Minute

// An unreadMark knows whether the person can have seen what was shown.
type unreadMark struct {
	away      bool      // the window does not have the focus
	lastInput time.Time // when a line was entered
	marked    bool      // the first unread post has its mark
}

// setFocus notes that the window has gained or lost the focus.
func (m *unreadMark) setFocus(gained bool) { m.away, m.marked = !gained, false }

// noteInput notes that a line was entered.
func (m *unreadMark) noteInput(now time.Time) { m.lastInput, m.marked = now, false }

// startsUnread reports whether a post that comes now is the first unread one.
func (m *unreadMark) startsUnread(now time.Time) bool {
	if m.marked || !m.away && now.Sub(m.lastInput) < idleTimeout {
		return false
	}
	m.marked = true
	return true
}
