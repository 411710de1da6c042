package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/pflag"
)

// helpText is what --help shows of a row.
func helpText(row *command, groups []group) string {
	var b strings.Builder
	if row == &talking {
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
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, flagTable(g.flags))
	}
	if row == &talking {
		b.WriteString("\nEnvironment: CHAT_SERVER, CHAT_NICK, ... stand in for flags; CHAT_KEY is a key.\n" +
			"Exit: 0 done, 1 refused, 2 usage, 3 unreachable, 4 lost, 130 interrupted.\n")
	}
	return b.String()
}

// flagTable describes flags, one below the other.
func flagTable(fs *pflag.FlagSet) string {
	var b strings.Builder
	columns := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fs.VisitAll(func(f *pflag.Flag) {
		short := "    "
		if f.Shorthand != "" {
			short = "-" + f.Shorthand + ", "
		}
		value, about := pflag.UnquoteUsage(f)
		about = strings.TrimPrefix(about, value+" ")
		if !slices.Contains([]string{"", "0", "false"}, f.DefValue) {
			about += " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(columns, "  %s--%s %s\t%s\n", short, f.Name, value, strings.ReplaceAll(about, "\n ", "\n\t"))
	})
	_ = columns.Flush() // a strings.Builder takes everything
	return b.String()
}

// help is the command of that name.
func help(_ context.Context, p *program) error {
	about, _, err := p.root().Find(p.args)
	if len(p.args) > 0 && (err != nil || !about.HasParent()) {
		return usageError{unknownCommand(about, p.args[0])}
	}
	return about.Help()
}

func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("chat %s %s %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
