package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chat/internal/render"
	"linechat/chatd/proto"
)

// A view turns into lines what is to be shown. A line that begins with a time is
// about something that has happened then, one that begins with -- is from chat
// itself, one that begins with ! says what went wrong. No text of a user can begin a line.
type view struct{ *render.Renderer }

// infof returns a line from chat itself. It is cleaned, because its parts may come
// from anywhere.
func (v view) infof(format string, args ...any) string {
	return v.Dim("-- " + proto.Clean(fmt.Sprintf(format, args...)))
}

// rule returns a line that separates what is above from what is below.
func (v view) rule(name string) string { return v.Dim("-- " + name + " --") }

// errorf returns a line about what went wrong.
func (v view) errorf(format string, args ...any) string {
	return v.Red("! " + proto.Clean(fmt.Sprintf(format, args...)))
}

// eventf returns a line about something that happened at a time.
func (v view) eventf(at time.Time, format string, args ...any) string {
	day, clock := v.Clock(at)
	return day + v.Dim(clock+" -- "+proto.Clean(fmt.Sprintf(format, args...)))
}

// tell returns a private line.
func (v view) tell(at time.Time, from, to, text string) string {
	day, clock := v.Clock(at)
	return fmt.Sprintf("%s%s %s %s", day, clock, v.Bold("["+from+" -> "+to+"]"), proto.Clean(text))
}

// past returns posts that were asked for, after what is missing of them.
func (v view) past(posts client.Posts, style render.Style) []string {
	var lines []string
	for i := range posts.Gaps {
		lines = append(lines, v.infof("%s", render.Gap(posts.Gaps[i])))
	}
	for i := range posts.Past {
		lines = append(lines, v.Post(posts.Past[i], "", style))
	}
	return lines
}

// topic returns a line with the topic of a room.
func (v view) topic(room string, topic client.TopicText) string {
	if topic.Text == "" {
		return v.infof("%s has no topic", room)
	}
	return v.infof("topic of %s, by %s: %s", room, topic.Nick, topic.Text)
}

// members returns a line with the members of a room.
func (v view) members(room string, members []client.Member) string {
	nicks := make([]string, len(members))
	for i, m := range members {
		nicks[i] = m.Nick
		if m.Role != "guest" && m.Role != "" {
			nicks[i] += " (" + m.Role + ")"
		}
	}
	slices.SortFunc(nicks, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return v.infof("%d in %s: %s", len(nicks), room, strings.Join(nicks, " "))
}

// reply returns the answer to a command that chat does not know, as it came.
func (v view) reply(r client.Reply) []string {
	var lines []string
	for _, l := range append(slices.Clone(r.Lines), r.OK) {
		lines = append(lines, v.infof("%s", strings.TrimSpace(string(l.Append(nil, proto.Text)))))
	}
	return lines
}
