package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"github.com/spf13/pflag"

	"linechat/chatd/internal/history/sqlite"
)

// A command is what chatd does, instead of serving, when its name comes first on
// the command line.
type command struct {
	name        string
	arguments   string      // as --help shows them
	least, most int         // how many there are
	brief       string      // in the list of commands
	about       string      // what else is to be known
	options     func(*call) // adds its own flags
	run         func(*call) error
}

var commands = []*command{&backupCommand, &checkCommand, &exportCommand, &importCommand}

// lookUp returns the command that the command line names, or nil.
func lookUp(args []string) *command {
	i := slices.IndexFunc(commands, func(c *command) bool { return len(args) > 0 && c.name == args[0] })
	if i < 0 {
		return nil
	}
	return commands[i]
}

// form is the command with its arguments.
func (c *command) form() string { return c.name + " " + c.arguments }

// A call is a command that is being carried out.
type call struct {
	*command
	stdin          io.Reader
	stdout, stderr io.Writer
	meter          *meter

	flags *pflag.FlagSet
	given []string // the arguments
	named bool     // --data stands on the command line
	data  string   // "": not known
	fill  bool     // import's
	help  bool
}

// A usageError is a command line that cannot be used.
type usageError struct{ error }

func misused(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errSaid: what went wrong has been said.
var errSaid = errors.New("it has been said")

// newCall reads the command line behind the command's name.
func (c *command) newCall(args []string, env func(string) (string, bool)) (*call, error) {
	a := &call{command: c, flags: pflag.NewFlagSet(c.name, pflag.ContinueOnError)}
	a.flags.SortFlags = false
	a.flags.SetOutput(io.Discard)
	a.flags.StringVar(&a.data, "data", "", "`DIR` where rooms are kept (default as without a command)")
	if c.options != nil {
		c.options(a)
	}
	a.flags.BoolVarP(&a.help, "help", "h", false, "show this")
	if err := a.flags.Parse(args); err != nil {
		return a, usageError{err}
	}
	a.given, a.named = a.flags.Args(), a.flags.Changed("data")
	switch n := len(a.given); {
	case a.help:
		return a, nil
	case n < c.least:
		return a, misused("it needs an argument: chatd %s", c.form())
	case n > c.most:
		return a, misused("%q is too much: chatd %s", a.given[c.most], c.form())
	}
	if err := fromEnvironment(a.flags, env); err != nil {
		return a, usageError{err}
	}
	if a.data == "" {
		a.data = defaultData(env)
	}
	return a, nil
}

// carryOut carries out a command, and returns the exit code.
func (c *command) carryOut(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a, err := c.newCall(args, os.LookupEnv)
	a.stdin, a.stdout, a.stderr, a.meter = stdin, stdout, stderr, newMeter(stderr)
	switch {
	case err != nil:
		return a.exit(err)
	case a.help:
		fmt.Fprint(stdout, a.usage())
		return exitOK
	}
	err = c.run(a)
	a.meter.clear()
	return a.exit(err)
}

// dir returns the data directory.
func (a *call) dir() (string, error) {
	if a.data == "" {
		return "", misused("there is no HOME to find rooms in; give --data DIR")
	}
	return a.data, nil
}

// exit says what went wrong, and returns the exit code.
func (a *call) exit(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "chatd %s: %v (chatd %s --help says more)\n", a.name, err, a.name)
		return exitUsage
	case errors.Is(err, errSaid), errors.Is(err, syscall.EPIPE): // who read it has gone
	default:
		fmt.Fprintf(a.stderr, "chatd %s: %v\n", a.name, err)
	}
	return exitFailed
}

// usage is what --help shows.
func (a *call) usage() string {
	return fmt.Sprintf("chatd %s %s.\n\nUsage: chatd %s [flags]\n\n%s\nFlags:\n%s", a.name, a.brief, a.form(), a.about, a.flags.FlagUsages())
}

// counted is a number of things: 1 room, 2 rooms.
func counted(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// contents is what a Report has counted.
func contents(r *sqlite.Report) string {
	return counted(r.Rooms, "room") + ", " + counted(r.Posts, "post")
}

// roughly is a number of bytes in the unit that suits it.
func roughly(bytes int64) string {
	for _, u := range units {
		if bytes >= u.bytes && u.name != "" {
			return fmt.Sprintf("%.3g %s", float64(bytes)/float64(u.bytes), u.name)
		}
	}
	return "0 B"
}
