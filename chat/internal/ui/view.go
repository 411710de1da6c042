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

// A view makes text of what happens. What begins with a time has happened at
// that time; what begins with -- is said by chat, with ! what went wrong. No
// line of a user's begins so.
type view struct{ *render.Renderer }

// infof is a line that chat says. What it is made of is cleaned: some was typed.
func (v view) infof(format string, args ...any) string {
	return v.Dim("-- " + proto.Clean(fmt.Sprintf(format, args...)))
}

// rule is a line that parts what is above it from what is below.
func (v view) rule(name string) string { return v.Dim("-- " + name + " --") }

// errorf is a line about what went wrong.
func (v view) errorf(format string, args ...any) string {
	return v.Red("! " + proto.Clean(fmt.Sprintf(format, args...)))
}

// eventf is a line about what happens, with its time.
func (v view) eventf(at time.Time, format string, args ...any) string {
	day, clock := v.Clock(at)
	return day + v.Dim(clock+" -- "+proto.Clean(fmt.Sprintf(format, args...)))
}

// tell is a private line.
func (v view) tell(at time.Time, from, to, text string) string {
	day, clock := v.Clock(at)
	return fmt.Sprintf("%s%s %s %s", day, clock, v.Bold("["+from+" -> "+to+"]"), proto.Clean(text))
}

// past is posts that were asked for, and what is missing of them.
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

// topic says what a room's topic is.
func (v view) topic(room string, topic client.TopicText) string {
	if topic.Text == "" {
		return v.infof("%s has no topic", room)
	}
	return v.infof("topic of %s, by %s: %s", room, topic.Nick, topic.Text)
}

// members lists who is in a room.
func (v view) members(room string, users []proto.Line) string {
	nicks := make([]string, len(users))
	for i := range users {
		nicks[i] = users[i].Nick
		if role := users[i].Role; role != "guest" && role != "" {
			nicks[i] += " (" + role + ")"
		}
	}
	slices.SortFunc(nicks, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	return v.infof("%d in %s: %s", len(nicks), room, strings.Join(nicks, " "))
}

// reply is an answer of which nothing more is known.
func (v view) reply(r client.Reply) []string {
	var lines []string
	for _, l := range append(slices.Clone(r.Lines), r.OK) {
		lines = append(lines, v.infof("%s", strings.TrimSpace(string(l.Append(nil, proto.Text)))))
	}
	return lines
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
