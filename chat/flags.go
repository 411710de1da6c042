package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// A flagRow is what completion knows of a flag.
type flagRow struct {
	long, short string
	about       string
	takes       string   // what its value is called; "": it takes none
	values      []string // those that it may have; nil: anything
	file        bool     // its value is a file
}

// flagRows returns the flags of a command, or of chat itself.
func flagRows(c *command) []flagRow {
	var rows []flagRow
	flagsOf(new(options).groupsFor(c)).VisitAll(func(f *pflag.Flag) {
		row := rowOf(f)
		switch f.Name {
		case "color":
			row.values = colors
		case "key-file":
			row.file = true
		}
		rows = append(rows, row)
	})
	return rows
}

// rowOf takes a flag apart. Its usage begins with what its value is called.
func rowOf(f *pflag.Flag) flagRow {
	row := flagRow{long: f.Name, short: f.Shorthand, about: f.Usage}
	if rest, takes := strings.CutPrefix(f.Usage, "`"); takes {
		row.takes, row.about, _ = strings.Cut(rest, "` ")
	}
	return row
}

// word is the flag as help shows it, with its value.
func (r flagRow) word() string {
	word := "    --" + r.long
	if r.short != "" {
		word = "-" + r.short + ", --" + r.long
	}
	return strings.TrimRight(word+" "+r.takes, " ")
}

// table writes flags for help, one below the other.
func table(fs *pflag.FlagSet) string {
	wide := 0
	fs.VisitAll(func(f *pflag.Flag) { wide = max(wide, len(rowOf(f).word())) })
	var b strings.Builder
	fs.VisitAll(func(f *pflag.Flag) {
		about := rowOf(f).about
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			if !strings.HasSuffix(about, "\n") {
				about += " "
			}
			about += "(default " + f.DefValue + ")"
		}
		indent := "\n" + strings.Repeat(" ", wide+5)
		fmt.Fprintf(&b, "  %-*s   %s\n", wide, rowOf(f).word(), strings.ReplaceAll(about, "\n", indent))
	})
	return b.String()
}
