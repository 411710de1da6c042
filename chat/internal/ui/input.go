package ui

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chat/internal/prompt"
	"linechat/chatd/proto"
)

// handleInput handles a line that was entered.
func (u *ui) handleInput(line prompt.Line) {
	u.unreadMark.noteInput(u.now())
	room := u.route.input()
	switch {
	case u.needsPassword != nil:
		u.takePassword(line.Text)
	case u.collect != nil:
		u.collectLine(line)
	case line.Paste != nil:
		u.postLines(room, line.Paste)
	case strings.TrimSpace(line.Text) != "":
		u.secret = line.Secret
		u.handleLine(room, line.Text)
		u.secret = ""
	}
}

// handleLine posts a line, or carries out the command that it is.
func (u *ui) handleLine(room, line string) {
	text, isCommand := parseInput(line, u.route.postsLines())
	switch {
	case isCommand:
		u.runCommand(room, text)
	case room == "":
		u.rejectPost(text)
	default:
		u.sendPost(proto.Command{Verb: "POST", Room: room, Text: text})
	}
}

// rejectPost shows lines that are not posted because there is no room for them.
func (u *ui) rejectPost(lines ...string) {
	if u.route.lost != "" {
		u.errorf("not posted: you are no longer in %s; /join enters a room", u.route.lost)
	} else {
		u.errorf("not posted: you are in no room; /join enters one")
	}
	u.route.lost = ""
	for _, line := range lines {
		u.errorf("  %s", line)
	}
}

// parseInput returns the text of a post, or the command that a line is: one that
// begins with a slash, and any in no room. Blanks before a slash do not make a
// post of it: that could give away a key.
func parseInput(line string, inRoom bool) (text string, isCommand bool) {
	trimmed := strings.TrimLeft(line, " \t")
	switch {
	case strings.HasPrefix(trimmed, "//"):
		return trimmed[1:], false
	case startsWithSlash(line):
		return trimmed[1:], true
	case !inRoom:
		return trimmed, true
	}
	return line, false
}

func startsWithSlash(line string) bool {
	return strings.HasPrefix(strings.TrimLeft(line, " \t"), "/")
}

// runCommand carries out a command.
func (u *ui) runCommand(room, line string) {
	name, rest := cutWord(line)
	c := commandNamed(name)
	switch {
	case name == "":
		u.errorf("type a command after the slash; /help lists them")
	case c != nil && c.run != nil:
		c.run(u, strings.TrimSpace(rest))
	case c != nil && c.rewrite != nil:
		u.runServerCommand(room, c.rewrite(rest))
	case c != nil:
		u.runServerCommand(room, c.name+rest)
	default:
		u.runServerCommand(room, line)
	}
}

// runServerCommand has the server carry out a line. A command of a room is for the
// one that the person takes to be the current one.
func (u *ui) runServerCommand(room, line string) {
	command, verb, err := proto.ParseCommand(line, proto.Commands)
	switch {
	case verb == nil && u.serverHas(command.Verb): // it is newer than this client
		_, rest := cutWord(line)
		u.sendCommand(proto.Command{Verb: command.Verb, Text: strings.TrimLeft(rest, " \t")})
	case verb == nil && errors.Is(err, client.UnknownCommand):
		u.unknownCommand(strings.ToLower(command.Verb))
	case err != nil:
		u.errorf("%s", explain(command, err))
	case verb.Room && command.Room == "" && room == "":
		u.errorf("/%s needs a room, and you are in none; /join one first", strings.ToLower(verb.Name))
	case verb.Room:
		command.Room = cmp.Or(command.Room, room)
		u.sendCommand(command)
	default:
		u.sendCommand(command)
	}
}

// sendCommand sends a command as its row has it. One without a row is sent as it is,
// and so is its answer shown.
func (u *ui) sendCommand(command proto.Command) {
	if c := commandNamed(command.Verb); c != nil && c.send != nil {
		c.send(u, command)
		return
	}
	u.send(&request{command: command, show: func(r client.Reply) { u.printAll(u.view.reply(r)) }})
}

// serverHas reports whether the server's HELP lists a verb.
func (u *ui) serverHas(verb string) bool {
	return slices.ContainsFunc(u.help, func(l proto.Line) bool { return l.Verb == verb })
}

// unknownCommand says that there is no such command, and which one may be meant.
func (u *ui) unknownCommand(name string) {
	what := "/help lists them"
	if near := u.suggest(name); near != "" {
		what = "did you mean /" + near + "?"
	}
	where := ""
	if u.route.input() == "" {
		where = " (you are in no room; /join enters one)"
	}
	u.errorf("there is no command %s; %s%s", name, what, where)
}

// suggest returns the command that a word may be meant for: one that it is the
// beginning of, or else one that is spelt nearly so.
func (u *ui) suggest(name string) string {
	names := commandNames(u.help)
	begun := func(known string) bool { return len(name) > 1 && strings.HasPrefix(known, name) }
	if i := slices.IndexFunc(names, begun); i >= 0 {
		return names[i]
	}
	if near := proto.Suggest(name, names); near != "" {
		return near
	}
	return strings.ToLower(proto.SuggestVerb(strings.ToUpper(name)))
}

// cutWord splits off the first word. What follows keeps its blank.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, " \t")
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}
