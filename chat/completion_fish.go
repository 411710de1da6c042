package main

import (
	"fmt"
	"strings"
)

const fishTop = `# fish completion for chat; "chat completion fish" writes it.

function __chat_rooms
    %s
end

# Whether the words before the cursor are as many as given, flags left out.
function __chat_words
    set -l count 0
    set -l skip 0
    for word in (commandline -opc)
        if test $skip = 1
            set skip 0
        else if contains -- $word %s
            set skip 1
        else if not string match -q -- '-*' $word
            set count (math $count + 1)
        end
    end
    test $count = $argv[1]
end

complete -c chat -f
complete -c chat -n '__chat_words 1' -a '(__chat_rooms)' -d room
`

func fishScript() string {
	var b strings.Builder
	fmt.Fprintf(&b, fishTop, listRooms, strings.Join(valueFlags(), " "))
	for _, c := range commands() {
		fmt.Fprintf(&b, "complete -c chat -n '__chat_words 1' -a %s -d %s\n", c.name, fishQuote(c.about))
	}
	fishFlags(&b, nil, "not __fish_seen_subcommand_from "+strings.Join(commandNames(), " "))
	for _, c := range commands() {
		seen := "__fish_seen_subcommand_from " + c.name
		first := strings.Join(c.firstValues(), " ")
		if c.first == aRoom {
			first = "(__chat_rooms)"
		}
		if first != "" {
			fmt.Fprintf(&b, "complete -c chat -n '%s; and __chat_words 2' -a '%s'\n", seen, first)
		}
		fishFlags(&b, c, seen)
	}
	return b.String()
}

func fishFlags(b *strings.Builder, c *command, when string) {
	for _, f := range flagRows(c) {
		fmt.Fprintf(b, "complete -c chat -n '%s' -l %s", when, f.long)
		if f.short != "" {
			fmt.Fprintf(b, " -s %s", f.short)
		}
		switch {
		case f.file:
			b.WriteString(" -r -F")
		case f.values != nil:
			fmt.Fprintf(b, " -x -a '%s'", strings.Join(f.values, " "))
		case f.takes != "":
			b.WriteString(" -x")
		}
		fmt.Fprintf(b, " -d %s\n", fishQuote(strings.TrimSpace(f.about)))
	}
}

func fishQuote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
