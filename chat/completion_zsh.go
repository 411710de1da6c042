package main

import (
	"fmt"
	"strings"
)

const zshTop = `#compdef chat
# zsh completion for chat; "chat completion zsh" writes it.

_chat_rooms() {
    local -a rooms
    rooms=(${(f)"$(%s)"})
    compadd -a rooms
}

_chat_first() {
    local -a names
    names=(
%s    )
    _describe command names
    _chat_rooms
}

_chat() {
    local curcontext=$curcontext state line
    typeset -A opt_args
    _arguments -C -S %s \
        '1: :_chat_first' '*:: :->rest'
    [[ $state == rest ]] || return
    case $line[1] in
`

const zshEnd = `    esac
}

if [[ $funcstack[1] == _chat ]]; then
    _chat "$@"
else
    compdef _chat chat
fi
`

func zshScript() string {
	var names, b strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&names, "        %s\n", zshQuote(c.name+":"+c.about))
	}
	fmt.Fprintf(&b, zshTop, listRooms, names.String(), zshFlags(nil))
	for _, c := range commands() {
		first := ""
		switch values := c.firstValues(); {
		case c.first == aRoom:
			first = " '1:room:_chat_rooms'"
		case values != nil:
			first = fmt.Sprintf(" '1: :(%s)'", strings.Join(values, " "))
		}
		fmt.Fprintf(&b, "    %s) _arguments -S %s%s ;;\n", c.name, zshFlags(c), first)
	}
	return b.String() + zshEnd
}

// zshFlags returns the flags as _arguments takes them.
func zshFlags(c *command) string {
	var specs []string
	for _, f := range flagRows(c) {
		about := strings.NewReplacer("[", "(", "]", ")", ":", `\:`).Replace(strings.TrimSpace(f.about))
		value := ""
		switch {
		case f.file:
			value = ":" + f.takes + ":_files"
		case f.values != nil:
			value = fmt.Sprintf(":%s:(%s)", f.takes, strings.Join(f.values, " "))
		case f.takes != "":
			value = ":" + f.takes + ": "
		}
		equals := ""
		if value != "" {
			equals = "="
		}
		specs = append(specs, zshQuote("--"+f.long+equals+"["+about+"]"+value))
		if f.short != "" {
			specs = append(specs, zshQuote("-"+f.short+"["+about+"]"+value))
		}
	}
	return strings.Join(specs, " ")
}

func zshQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
