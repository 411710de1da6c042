package main

import (
	"context"
	"fmt"
	"io"
	"strings"
)

// shells are those that completion knows.
var shells = []string{"bash", "zsh", "fish"}

// completion is the command of that name: it writes a script, made of the table of
// commands and their flags.
func completion(_ context.Context, p *program) error {
	var script string
	switch p.args[0] {
	case "bash":
		script = bashScript()
	case "zsh":
		script = zshScript()
	case "fish":
		script = fishScript()
	default:
		return usageError{fmt.Errorf("there is completion for %s, not for %q", strings.Join(shells, ", "), p.args[0])}
	}
	_, err := io.WriteString(p.stdout, script)
	return err
}

// listRooms has a script list the rooms: their names, and nothing else, not
// even when there is no server.
const listRooms = "chat rooms --connect-timeout=0s 2>/dev/null | cut -d' ' -f1"

// firstValues are the words that a command's first argument may be, where they
// are known.
func (c *command) firstValues() []string {
	switch c.first {
	case aShell:
		return shells
	case aCommand:
		return commandNames()
	}
	return nil
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}
