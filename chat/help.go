package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// usage is what --help shows.
func (p *program) usage() string {
	if p.command != nil {
		return p.commandUsage(p.command)
	}
	var b strings.Builder
	b.WriteString("Usage: chat [flags] [ROOM]        talk, in a room that is made if need be\n" +
		"       chat [flags] COMMAND ...   for pipes:\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-13s%s\n", c.name, c.about)
	}
	for _, g := range new(options).groupsFor(nil) {
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, table(g.flags))
	}
	b.WriteString("\nEach is in the environment, too: CHAT_SERVER, CHAT_NICK, ...; a key in CHAT_KEY.\n" +
		"Exit: 0 done, 1 refused, 2 usage, 3 unreachable, 4 lost, 130 interrupted.\n")
	return b.String()
}

func (p *program) commandUsage(c *command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: chat %s [flags] %s\n\n%s.\n%s", c.name, c.usage, strings.ToUpper(c.about[:1])+c.about[1:], c.help)
	for _, g := range new(options).groupsFor(c) {
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, table(g.flags))
	}
	return b.String()
}

// moreHelp says where help is to be found.
func (p *program) moreHelp() string {
	if p.command != nil {
		return "chat " + p.command.name + " --help says more"
	}
	return "chat --help says more"
}

// help is the command of that name.
func help(_ context.Context, p *program) error {
	text := (&program{options: p.options}).usage()
	if len(p.args) > 0 {
		c := commandNamed(p.args[0])
		if c == nil {
			return usageError{unknownCommand(p.args[0])}
		}
		text = p.commandUsage(c)
	}
	_, err := fmt.Fprint(p.stdout, text)
	return err
}

func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("chat %s %s %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
