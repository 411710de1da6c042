package people

import (
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chat/internal/console"
	"linechat/chatd/proto"
)

// enter deals with a line that was entered.
func (t *talk) enter(line console.Line) {
	t.attention.entered(t.now())
	room := t.headed()
	switch {
	case t.collect != nil:
		t.collectLine(line)
	case line.Paste != nil:
		t.paste(room, line.Paste)
	case strings.TrimSpace(line.Text) != "":
		t.history.add(room, line.Text)
		t.read(room, line.Text)
	}
}

// read posts a line, or carries out the command that it is.
func (t *talk) read(room, line string) {
	text, isCommand := reading(line, room != "")
	switch {
	case isCommand && t.taken != "" && !startsWithSlash(line):
		t.nowhere(line)
	case isCommand:
		t.obey(room, text)
	case room == "":
		t.nowhere(text)
	default:
		t.say(room, "POST", text)
	}
}

// nowhere shows what is not posted because there is no room for it.
func (t *talk) nowhere(lines ...string) {
	if t.taken != "" {
		t.complain("not posted: you are no longer in %s; /join enters a room", t.taken)
	} else {
		t.complain("not posted: you are in no room; /join enters one")
	}
	t.taken = ""
	for _, line := range lines {
		t.complain("  %s", line)
	}
}

// reading returns the text of a post, or the command that a line is: one that
// begins with a slash, and any in no room. Blanks before a slash do not make a
// post of it: that could give away a key.
func reading(line string, inRoom bool) (text string, isCommand bool) {
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

// obey carries out a command.
func (t *talk) obey(room, line string) {
	name, rest := cutWord(line)
	c := commandNamed(name)
	switch {
	case name == "":
		t.complain("type a command after the slash; /help lists them")
	case c != nil && c.own != nil:
		c.own(t, strings.TrimSpace(rest))
	case c != nil && c.line != nil:
		t.ask(room, c.line(rest))
	case c != nil:
		t.ask(room, c.name+rest)
	default:
		t.ask(room, line)
	}
}

// ask has the server carry out a line. A command of a room is for the one that
// the person takes to be the current one.
func (t *talk) ask(room, line string) {
	command, verb, err := proto.ParseCommand(line, proto.Commands)
	switch {
	case verb == nil && t.serverHas(command.Verb): // it is newer than this client
		_, rest := cutWord(line)
		t.sendAny(proto.Command{Verb: command.Verb, Text: strings.TrimLeft(rest, " \t")})
		return
	case verb == nil && isRefusal(err, proto.UnknownCommand):
		t.unknown(strings.ToLower(command.Verb))
		return
	case err != nil:
		t.complain("%s", whyNot(&errand{command: command}, err))
		return
	}
	if verb.Room && command.Room == "" {
		if command.Room = room; room == "" {
			t.complain("/%s needs a room, and you are in none; /join one first", strings.ToLower(verb.Name))
			return
		}
	}
	if c := commandNamed(verb.Name); c != nil && c.send != nil {
		c.send(t, command)
		return
	}
	t.sendAny(command)
}

// sendAny sends a command of which nothing is known but that its answer is to be
// shown.
func (t *talk) sendAny(command proto.Command) {
	t.send(&errand{command: command, show: func(r client.Reply) { t.printAll(t.view.reply(r)) }})
}

// serverHas reports whether the server's HELP lists a verb.
func (t *talk) serverHas(verb string) bool {
	for i := range t.help {
		if t.help[i].Verb == verb && verb != "" {
			return true
		}
	}
	return false
}

// unknown says that there is no such command, and which one may be meant.
func (t *talk) unknown(name string) {
	what := "/help lists them"
	if near := t.suggest(name); near != "" {
		what = "did you mean /" + near + "?"
	}
	where := ""
	if t.headed() == "" {
		where = " (you are in no room; /join enters one)"
	}
	t.complain("there is no command %s; %s%s", name, what, where)
}

// suggest returns the command that a word may be meant for: one that it is the
// beginning of, or else one that is spelt nearly so.
func (t *talk) suggest(name string) string {
	names := commandNames(t.help)
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
