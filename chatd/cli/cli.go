// Package cli is what the command lines of chatd and chat have in common.
package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Shells are the shells that WriteCompletion knows.
var Shells = []string{"bash", "zsh", "fish", "powershell"}

// withoutPackage stands in for what cobra's script uses of the package
// bash-completion, where this is not installed. Words are what blanks part.
const withoutPackage = `declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() {
    local line=${COMP_LINE:0:COMP_POINT}
    read -ra words <<<"$line"
    [[ $line != *[[:blank:]] ]] || words+=('')
    cword=$((${#words[@]} - 1)) cur=${words[cword]} prev=${words[cword-1]}
}
declare -F _filedir >/dev/null || _filedir() { # of directories alone
    local IFS=$'\n'
    compopt -o filenames 2>/dev/null
    COMPREPLY=($(compgen -d -- "$cur"))
}
`

// WriteCompletion writes the script that completes root's command line in a
// shell, one of Shells.
func WriteCompletion(w io.Writer, root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		if _, err := io.WriteString(w, withoutPackage); err != nil {
			return err
		}
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	}
	return root.GenPowerShellCompletionWithDesc(w)
}

// Suggestion returns the command of root that a misspelt word was most likely meant to be,
// before others one that begins with the word; "" if none is similar.
func Suggestion(root *cobra.Command, word string) string {
	near := root.SuggestionsFor(word)
	if len(near) == 0 {
		return ""
	}
	i := slices.IndexFunc(near, func(name string) bool { return strings.HasPrefix(name, strings.ToLower(word)) })
	return near[max(i, 0)]
}

// FlagTable lists flags one below the other, with their defaults. The name of a
// value that begins a flag's usage is not repeated there.
func FlagTable(fs *pflag.FlagSet) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fs.VisitAll(func(f *pflag.Flag) {
		short := "    "
		if f.Shorthand != "" {
			short = "-" + f.Shorthand + ", "
		}
		value, usage := pflag.UnquoteUsage(f)
		usage = strings.TrimPrefix(usage, value+" ")
		switch byDefault := strings.Trim(f.DefValue, "[]"); byDefault {
		case "", "0", "false": // none, or one that the usage tells of
		default:
			usage += " (default " + byDefault + ")"
		}
		usage = strings.NewReplacer("\n ", "\n  \t", "\n", "\n  \t").Replace(usage)
		fmt.Fprintf(w, "  %s--%s %s\t%s\n", short, f.Name, value, usage)
	})
	_ = w.Flush() // to a Builder, which takes everything
	return b.String()
}

// FromEnvironment sets the flags that the command line does not have from
// variables such as CHAT_KEY_FILE, which is that of key-file where prefix is
// CHAT_. An empty one counts as none, and so does one of a flag that is excluded.
func FromEnvironment(fs *pflag.FlagSet, prefix string, env func(string) (string, bool), excluded func(flag string) bool) (err error) {
	fs.VisitAll(func(f *pflag.Flag) {
		name := prefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, _ := env(name)
		if value == "" || f.Changed || err != nil || excluded(f.Name) {
			return
		}
		if setErr := fs.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("%s: %w", name, setErr)
		}
	})
	return err
}

// Version says what was built, for --version.
func Version(program string) string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("%s %s %s %s/%s", program, v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
