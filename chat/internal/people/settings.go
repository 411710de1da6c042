package people

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// set is /set: what is the client's own, and else the server's.
func (t *talk) set(rest string) {
	words := strings.Fields(strings.ToLower(rest))
	switch {
	case len(words) == 2 && words[0] == "bell" && slices.Contains([]string{bellOff, bellOn, bellAll}, words[1]):
		t.bell.mode = words[1]
	case len(words) == 2 && words[0] == "joins" && (words[1] == "on" || words[1] == "off"):
		t.showJoins = words[1] == "on"
	case len(words) > 0 && words[0] == "bell":
		t.complain("/set bell takes off, on or all")
		return
	case len(words) > 0 && words[0] == "joins":
		t.complain("/set joins takes on or off")
		return
	default:
		t.ask("", "SET "+rest)
		return
	}
	t.info("%s is %s", words[0], words[1])
}

// setServer shows and notes the settings that are the server's.
func (t *talk) setServer(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		if r.OK.Name != "" {
			t.noteSetting(r.OK.Name, r.OK.Value)
			t.info("%s is %s", r.OK.Name, r.OK.Value)
			return
		}
		t.info("bell %s (off, on: for what is meant for you, all)", t.bell.mode)
		t.info("joins %s (who comes and goes)", onOff(t.showJoins))
		for i := range r.Lines {
			if l := &r.Lines[i]; l.Name != "talk" { // the client's own way of reading lines
				t.noteSetting(l.Name, l.Value)
				t.info("%s %s", l.Name, l.Value)
			}
		}
	}})
}

func (t *talk) noteSetting(name, value string) {
	if name == "echo" {
		t.echoOff = value == "off"
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// ignore is /ignore.
func (t *talk) ignore(rest string) {
	if rest == "" {
		if len(t.ignored) == 0 {
			t.info("nobody is ignored")
			return
		}
		t.info("ignored: %s", strings.Join(slices.Sorted(maps.Values(t.ignored)), " "))
		return
	}
	nick, err := proto.ParseNick(rest)
	if err != nil {
		t.complain("%s", whyNot(&errand{}, err))
		return
	}
	t.ignored[nick.Fold] = nick.Shown
	t.info("%s is ignored until you leave; /unignore %s ends that", nick.Shown, nick.Shown)
}

// unignore is /unignore.
func (t *talk) unignore(rest string) {
	nick, err := proto.ParseNick(rest)
	if err != nil || t.ignored[nick.Fold] == "" {
		t.complain("%s is not ignored; /ignore lists who is", rest)
		return
	}
	delete(t.ignored, nick.Fold)
	t.info("%s is not ignored any more", nick.Shown)
}

// ignores reports whether what a nick says is hidden.
func (t *talk) ignores(shown string) bool {
	if len(t.ignored) == 0 {
		return false
	}
	nick, err := proto.ParseNick(shown)
	return err == nil && t.ignored[nick.Fold] != ""
}

// withoutIgnored leaves out the posts of those who are ignored.
func (t *talk) withoutIgnored(posts client.Posts) client.Posts {
	posts.Past = slices.DeleteFunc(posts.Past, func(l proto.Line) bool { return t.ignores(l.Nick) })
	return posts
}

// rename takes another nick. An event tells of it.
func (t *talk) rename(c proto.Command) { t.send(&errand{command: c}) }

func (t *talk) whoami(c proto.Command) {
	t.send(&errand{command: c, show: func(r client.Reply) {
		where := "in no room"
		if t.current != "" {
			where = "in " + t.current
		}
		others := slices.DeleteFunc(slices.Sorted(maps.Keys(t.rooms)), func(name string) bool { return name == t.current })
		if len(others) > 0 {
			where += ", and also in " + strings.Join(others, ", ")
		}
		t.info("you are %s (%s), %s", r.OK.Nick, r.OK.Role, where)
	}})
}

func (t *talk) ping(c proto.Command) {
	began := time.Now()
	t.send(&errand{command: c, show: func(client.Reply) {
		t.info("the server has answered after %v", time.Since(began).Round(100*time.Microsecond))
	}})
}

// sayHelp is /help.
func (t *talk) sayHelp(rest string) {
	switch {
	case t.help == nil:
		t.send(&errand{command: proto.Command{Verb: "HELP"}, show: func(r client.Reply) {
			t.help = r.Lines
			t.sayHelp(rest)
		}})
		return
	case rest != "":
		t.explain(strings.TrimPrefix(rest, "/"))
		return
	}
	t.info("In a room, what is typed is posted, and //x posts /x. Tab completes, Up and Ctrl-R bring back what was typed.")
	var shown []string
	for _, c := range commands() {
		shown = append(shown, t.helpLine(c.name))
	}
	for i := range t.help {
		if verb := t.help[i].Verb; commandNamed(verb) == nil && !slices.Contains(hidden, verb) {
			shown = append(shown, t.helpLine(verb))
		}
	}
	t.printAll(shown)
}

// explain is /help with a command.
func (t *talk) explain(name string) {
	if line := t.helpLine(name); line != "" {
		t.print(line)
		return
	}
	t.unknown(name)
}

// helpLine explains a command: what the client says of it, or else the server.
func (t *talk) helpLine(name string) string {
	c := commandNamed(name)
	also := ""
	if c != nil {
		name = c.name
		if len(c.aliases) > 0 {
			also = " (also /" + strings.Join(c.aliases, ", /") + ")"
		}
		if c.about != "" {
			return proto.Clean(fmt.Sprintf("  /%s - %s%s", strings.TrimSpace(c.name+" "+c.usage), c.about, also))
		}
	}
	for i := range t.help {
		if l := &t.help[i]; strings.EqualFold(l.Verb, name) {
			text := strings.TrimPrefix(l.Text, "- ")
			if text == l.Text {
				text = " " + text
			} else {
				text = " - " + text
			}
			return "  /" + strings.ToLower(name) + text + also
		}
	}
	return ""
}

// askHelp asks for the server's commands.
func (t *talk) askHelp() {
	t.lookUp(proto.Command{Verb: "HELP"}, func(r client.Reply) { t.help = r.Lines })
}
