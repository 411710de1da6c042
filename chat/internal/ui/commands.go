package ui

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// An own is a command of the client's own.
type own struct {
	name, usage, about string
	run                func(*UI, string)
}

// owns is the client's own commands, in the order of /help.
func owns() []own {
	return []own{
		{"help", "[command]", "lists the commands, or explains one", (*UI).help},
		{"set", "[bell off|on|all] [joins on|off]", "lists or changes settings", (*UI).set},
		{"ignore", "[nick]", "shows nothing more of a nick, or again; lists them", (*UI).ignore},
		{"quit", "", "ends chat, as Ctrl-D does", (*UI).quit},
	}
}

// bells is when the bell rings: never, for what is meant for the reader, for all.
var bells = []string{"off", "on", "all"}

// handled is what the server's commands need beside being sent.
var handled = map[string]func(*UI, proto.Command){
	"JOIN":   func(u *UI, c proto.Command) { u.join(c, nil) },
	"LEAVE":  (*UI).leave,
	"POST":   (*UI).postCommand,
	"PASTE":  func(u *UI, _ proto.Command) { u.problem("paste the lines into the prompt: they become one post") },
	"FORMAT": func(u *UI, _ proto.Command) { u.problem("chat chooses the format itself") },
}

// command carries out a command.
func (u *UI) command(e entry) {
	for _, o := range owns() {
		if o.name == e.verb || o.name == aliases[e.verb] {
			o.run(u, e.rest)
			return
		}
	}
	if !isKnown(e.verb) {
		u.unknown(e)
		return
	}
	c, err := e.command(u.target())
	if err != nil {
		u.refused(strings.ToUpper(e.verb), err)
		return
	}
	if special := handled[c.Verb]; special != nil {
		special(u, c)
		return
	}
	began := time.Now()
	u.do(c, func(r client.Reply) { u.answer(c, r, time.Since(began)) })
}

// postCommand posts with a command what could be posted without, in the
// current room or in another one.
func (u *UI) postCommand(c proto.Command) {
	if c.Room == u.target() {
		u.post(c.Text)
		return
	}
	u.do(c, func(r client.Reply) { u.answer(c, r, 0) })
}

// isKnown reports whether there is a command or prefix of that name.
func isKnown(verb string) bool {
	name := strings.ToUpper(cmp.Or(aliases[verb], verb))
	isPrefix := func(p proto.Prefix) bool { return p.Name == name }
	return proto.LookupVerb(name) != nil || slices.ContainsFunc(proto.Prefixes, isPrefix)
}

// unknown says that there is no such command, and what may have been meant.
func (u *UI) unknown(e entry) {
	near := strings.ToLower(proto.Suggest(strings.ToUpper(e.verb)))
	hint := "/help lists them"
	if near != "" {
		hint = fmt.Sprintf("did you mean /%s?", near)
	}
	if u.current != "" {
		hint += fmt.Sprintf(" (//%s posts it)", e.verb)
	}
	u.problem("there is no command /%s; %s", e.verb, hint)
}

// help explains one command, or lists the client's own and then the server's.
func (u *UI) help(verb string) {
	verb = strings.ToLower(strings.TrimPrefix(verb, "/"))
	verb = cmp.Or(aliases[verb], verb)
	for _, o := range owns() {
		if verb == "" || verb == o.name {
			u.print(helpLine(o.name, strings.TrimLeft(o.usage+" - "+o.about, " ")))
		}
		if verb == o.name {
			return
		}
	}
	c := proto.Command{Verb: "HELP"}
	if verb != "" {
		c.Words = []string{strings.ToUpper(verb)}
	}
	u.do(c, func(r client.Reply) { u.answer(c, r, 0) })
}

func helpLine(verb, text string) string { return "  /" + strings.ToLower(verb) + " " + text }

// set changes a setting of the client's own, or one of the server's.
func (u *UI) set(words string) {
	name, value, _ := strings.Cut(words, " ")
	value = strings.TrimSpace(value)
	switch {
	case name == "bell" && slices.Contains(bells, value):
		u.bell = value
	case name == "joins" && (value == "on" || value == "off"):
		u.showJoins = value == "on"
	case name == "bell" || name == "joins":
		u.problem("/set bell off|on|all; /set joins on|off")
		return
	default:
		u.serverSettings(words)
		return
	}
	u.print(u.view.rule("%s is %s", name, value))
}

func (u *UI) serverSettings(words string) {
	if words == "" {
		joins := map[bool]string{true: "on", false: "off"}[u.showJoins]
		u.print(fmt.Sprintf("  bell %s\n  joins %s", u.bell, joins))
	}
	c, _, err := proto.ParseCommand("SET "+words, proto.Commands)
	if err != nil {
		u.refused("SET", err)
		return
	}
	u.do(c, func(r client.Reply) { u.answer(c, r, 0) })
}

// ignore has nothing more shown of a nick, or, the second time, all again.
func (u *UI) ignore(nick string) {
	key := strings.ToLower(nick)
	switch {
	case nick == "" && len(u.ignored) == 0:
		u.print(u.view.rule("you ignore nobody"))
	case nick == "":
		u.print(u.view.rule("you ignore %s", strings.Join(slices.Sorted(maps.Keys(u.ignored)), ", ")))
	case u.ignored[key]:
		delete(u.ignored, key)
		u.print(u.view.rule("you do not ignore %s any more", nick))
	default:
		u.ignored[key] = true
		u.print(u.view.rule("you ignore %s; /ignore %s again ends that", nick, nick))
	}
}

func (u *UI) quit(string) { u.quitting = true }
