package ui

import (
	"fmt"
	"strings"
	"time"

	"linechat/chat/client"
)

// refresh shows the prompt and the status row as they are to be now.
func (u *UI) refresh() {
	prompt := "> "
	if u.current != "" {
		prompt = u.current + "> "
	}
	if status := u.status(time.Now()); prompt != u.prompt || status != u.row {
		u.prompt, u.row = prompt, status
		u.terminal.SetPrompt(prompt) // draws at once, so not for each post
		u.terminal.SetStatus(status)
		u.words.setState(u.current, u.roomNames(), u.client.Nick())
	}
}

// status is the status row. What matters most stands first, for a narrow
// terminal shows only that.
func (u *UI) status(now time.Time) string {
	var parts []string
	if text := u.link.text(now); text != "" {
		parts = append(parts, u.view.Bold(text))
	}
	if r := u.rooms[u.current]; r != nil {
		parts = append(parts, u.view.Dim(u.current+", "+counted(r.members, "member")))
	} else {
		parts = append(parts, u.view.Dim("in no room"))
	}
	if u.waiting > 0 && !u.connected() {
		parts = append(parts, u.view.Bold(fmt.Sprintf("%d to send", u.waiting)))
	}
	for _, name := range u.roomNames() {
		r := u.rooms[name]
		switch {
		case r.mentioned:
			parts = append(parts, u.view.Bold(fmt.Sprintf("%s %d new!", name, r.unread)))
		case r.unread > 0:
			parts = append(parts, u.view.Dim(fmt.Sprintf("%s %d new", name, r.unread)))
		}
	}
	parts = append(parts, u.view.Dim(u.client.Nick()))
	if u.connected() {
		parts = append(parts, u.view.Dim("connected"))
	}
	return strings.Join(parts, u.view.Dim(" | "))
}

// text says what is wrong with the connection; "": nothing.
func (l link) text(now time.Time) string {
	switch l.state {
	case client.Lost:
		if left := int(l.next.Sub(now).Round(time.Second) / time.Second); left > 0 {
			return fmt.Sprintf("no connection, next try in %d s", left)
		}
		return "no connection"
	case client.Connecting:
		return "connecting"
	case client.Closed:
		return "closed"
	}
	return ""
}
