// Chatd is a chat server for nc, telnet and scripts. protocol.md specifies what
// it speaks.
package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"linechat/chatd/cli"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailed  = 1
	exitUsage   = 2
	exitNoChatd = 3 // chatd admin finds none
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program, and returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	p := &program{env: os.LookupEnv}
	root := p.rootCommand()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	c, err := root.ExecuteC()
	if err == nil {
		err = p.helpErr
	}
	return p.exitCode(c, err)
}

// A program is one run of chatd.
type program struct {
	env func(string) (string, bool) // os.LookupEnv

	// started says that the command line was understood and a command began
	// its work.
	started bool

	helpErr error // of writing help, which cobra does not ask for
}

// errReported is an error that stderr or the log has told of.
var errReported = errors.New("reported")

// exitCode returns the exit code for the error of a command, after it has
// written the error to stderr, in one line.
func (p *program) exitCode(c *cobra.Command, err error) int {
	var file *fs.PathError // help or the version could not be written
	switch {
	case err == nil:
		return exitOK
	case !p.started && !errors.As(err, &file):
		c.PrintErrf("%s: %v (%[1]s --help says more)\n", c.CommandPath(), err)
		return exitUsage
	case errors.Is(err, errReported), errors.Is(err, syscall.EPIPE): // the reader of stdout has gone
	default:
		c.PrintErrf("%s: %v\n", c.CommandPath(), err)
	}
	var unreachable *unreachableError
	if errors.As(err, &unreachable) {
		return exitNoChatd
	}
	return exitFailed
}

// rootCommand returns the command chatd, with all commands below it.
func (p *program) rootCommand() *cobra.Command {
	o := &options{}
	c := &cobra.Command{
		Use:           "chatd",
		Long:          "chatd is a chat server for nc, telnet and scripts.",
		Example:       "\nEach flag can be set in the environment, too: CHATD_LISTEN, CHATD_MAX_LINE, …\nFurther flags: chatd help limits, and chatd help cluster for several machines.\nTry it: run chatd, and in another terminal: nc localhost 5001\n",
		Version:       cli.Version("chatd"),
		SilenceErrors: true,
		SilenceUsage:  true,

		SuggestionsMinimumDistance: 2,
		Args:                       refuseArguments,
		ValidArgsFunction:          cobra.NoFileCompletions,
		PreRunE:                    func(c *cobra.Command, _ []string) error { return o.complete(c.Flags(), p.env) },
		RunE: func(c *cobra.Command, _ []string) error {
			p.started = true
			return serve(o, c.ErrOrStderr())
		},
	}
	groups := o.groups()
	for _, g := range groups {
		c.Flags().AddFlagSet(g.flags)
	}
	c.PersistentFlags().AddFlag(c.Flags().Lookup("help"))
	completeFlags(c)
	c.SetVersionTemplate("{{.Version}}\n")
	c.SetHelpFunc(func(c *cobra.Command, _ []string) { p.helpErr = writeHelp(c, groups) })
	c.AddCommand(adminCommand(p), backupCommand(p), certCommand(p), checkCommand(p), exportCommand(p), importCommand(p), p.completionCommand(c))
	c.SetHelpCommand(p.helpCommand(c, groups))
	return c
}

// refuseArguments says what is wrong with the arguments of chatd itself.
func refuseArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if similar := cli.Suggestion(c, args[0]); similar != "" {
		return fmt.Errorf("there is no command %q; did you mean %s?", args[0], similar)
	}
	return fmt.Errorf("there is no command %q", args[0])
}
