package main

import (
	"context"
	"fmt"
	"strings"

	"linechat/chatd/cli"
)

// helpText is what --help shows of a row.
func helpText(row *command, groups []group) string {
	var b strings.Builder
	if row == &interactiveCommand {
		b.WriteString("Usage: chat [flags] [ROOM]         talk, in a room that is created if need be\n" +
			"       chat [flags] COMMAND ...    for pipes and scripts:\n\n")
		for _, c := range commands() {
			fmt.Fprintf(&b, "  %-13s%s\n", c.name(), c.about)
		}
	} else {
		name, arguments, _ := strings.Cut(row.use, " ")
		fmt.Fprintf(&b, "Usage: chat %s [flags] %s\n\n%s%s.\n%s", name, arguments, strings.ToUpper(row.about[:1]), row.about[1:], row.help)
	}
	for _, g := range groups {
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, cli.FlagTable(g.flags))
	}
	if row == &interactiveCommand {
		b.WriteString("\nEnvironment: CHAT_SERVER, CHAT_NICK, ... stand in for flags; CHAT_KEY is a key.\n" +
			"Exit: 0 done, 1 refused, 2 usage, 3 unreachable, 4 lost, 130 interrupted.\n")
	}
	return b.String()
}

func help(_ context.Context, p *program) error {
	about, _, err := p.root().Find(p.args)
	if len(p.args) > 0 && (err != nil || !about.HasParent()) {
		return usageError{unknownCommand(about, p.args[0])}
	}
	return about.Help()
}
