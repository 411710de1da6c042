package main

import (
	"fmt"
	"slices"
	"strings"
)

const bashTop = `# bash completion for chat; "chat completion bash" writes it.

_chat() {
    local line=${COMP_LINE:0:COMP_POINT} cur='' command='' flags first='' count=0 word i
    local -a words
    read -ra words <<<"$line"
    [[ $line == *[[:blank:]] ]] || { cur=${words[-1]}; unset 'words[-1]'; }
    local last=''
    for ((i = 1; i < ${#words[@]}; i++)); do
        word=${words[i]} last=''
        case $word in
        %s) last=$word; i=$((i + 1)) ;;
        -*) ;;
        *) [[ $count != 0 || -n $command ]] || command=$word
           count=$((count + 1)) ;;
        esac
    done
    # A value that follows its flag, or is written behind it with an =.
    [[ -n $last && $i == "${#words[@]}" ]] && last=''
    [[ $cur == --*=* ]] && { last=${cur%%%%=*}; cur=${cur#*=}; }
    case $last in
    '') ;;
    --color) COMPREPLY=($(compgen -W '%s' -- "$cur")); return ;;
    --key-file) compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur")); return ;;
    *) COMPREPLY=(); return ;;
    esac
    [[ $count != 0 ]] || command=''
    case $command in
`

const bashEnd = `    *) count=9 flags='%s' ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    elif [[ $count == 0 ]]; then
        COMPREPLY=($(compgen -W "%s $(%s)" -- "$cur"))
    elif [[ $count == 1 && $first == room ]]; then
        COMPREPLY=($(compgen -W "$(%s)" -- "$cur"))
    elif [[ $count == 1 ]]; then
        COMPREPLY=($(compgen -W "$first" -- "$cur"))
    else
        COMPREPLY=()
    fi
}
complete -F _chat chat
`

func bashScript() string {
	var b strings.Builder
	fmt.Fprintf(&b, bashTop, strings.Join(valueFlags(), "|"), strings.Join(colors, " "))
	fmt.Fprintf(&b, "    '') flags='%s' ;;\n", bashFlags(nil))
	for _, c := range commands() {
		first := strings.Join(c.firstValues(), " ")
		if c.first == aRoom {
			first = "room"
		}
		fmt.Fprintf(&b, "    %s) first='%s' flags='%s' ;;\n", c.name, first, bashFlags(c))
	}
	fmt.Fprintf(&b, bashEnd, bashFlags(nil), strings.Join(commandNames(), " "), listRooms, listRooms)
	return b.String()
}

func bashFlags(c *command) string {
	var words []string
	for _, f := range flagRows(c) {
		words = append(words, "--"+f.long)
	}
	return strings.Join(words, " ")
}

// valueFlags are the flags behind which a value stands as a word of its own.
func valueFlags() []string {
	var words []string
	for _, c := range append(commands(), nil) {
		for _, f := range flagRows(c) {
			if f.takes == "" || slices.Contains(words, "--"+f.long) {
				continue
			}
			words = append(words, "--"+f.long)
			if f.short != "" {
				words = append(words, "-"+f.short)
			}
		}
	}
	return words
}
