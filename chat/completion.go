package main

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// shells are those that completion knows.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// withoutPackage goes before the script for bash: it stands in for what that
// uses of the package bash-completion, where this is not installed. Words are
// what blanks part.
const withoutPackage = `declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    local line=${COMP_LINE:0:COMP_POINT}
    read -ra words <<<"$line"
    [[ $line != *[[:blank:]] ]] || words+=('')
    cword=$((${#words[@]} - 1)) cur=${words[cword]} prev=${words[cword-1]}
}
`

// completion is the command of that name.
func completion(_ context.Context, p *program) error {
	root := p.root()
	switch p.args[0] {
	case "bash":
		if _, err := io.WriteString(p.stdout, withoutPackage); err != nil {
			return err
		}
		return root.GenBashCompletionV2(p.stdout, true)
	case "zsh":
		return root.GenZshCompletion(p.stdout)
	case "fish":
		return root.GenFishCompletion(p.stdout, true)
	}
	return root.GenPowerShellCompletionWithDesc(p.stdout)
}

// listWithin is how long Tab waits for the rooms.
const listWithin = 2 * time.Second

// candidates are what the word that follows args may be completed to: only the
// first argument is known.
func (p *program) candidates(c *cobra.Command, o *options, first argument, args []string, word string) []string {
	switch {
	case len(args) > 0:
		return nil
	case first == aShell:
		return shells
	case first == aCommand:
		var names []string
		for _, row := range commands() {
			names = append(names, row.name())
		}
		return names
	case p.settle(c, o, nil) != nil:
		return nil
	}
	return p.roomNames(c.Context(), word)
}

// roomNames asks the server for the rooms that begin so. Without an answer there
// are none.
func (p *program) roomNames(ctx context.Context, prefix string) (names []string) {
	ctx, cancel := context.WithTimeout(ctx, listWithin)
	defer cancel()
	p.connect = 0
	_ = p.ask(ctx, func(ctx context.Context, s *session) error {
		list, _, err := s.allRooms(ctx, prefix)
		for i := range list {
			names = append(names, list[i].Room)
		}
		return err
	})
	return names
}

// valuesOf completes the value of a flag; nil: it is a file, or there is none.
func valuesOf(f *pflag.Flag) cobra.CompletionFunc {
	switch {
	case f.Name == "color":
		return cobra.FixedCompletions(colors, cobra.ShellCompDirectiveNoFileComp)
	case f.Name == "key-file" || f.NoOptDefVal != "":
		return nil
	}
	return cobra.NoFileCompletions
}
