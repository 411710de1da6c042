package people

import (
	"fmt"
	"slices"
	"strings"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

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
	t.info("In a room, what you type is posted; //x posts /x. Tab completes; Up and Ctrl-R bring back earlier lines.")
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
