// Chat is the client of chatd: for people, who give it a room to talk in, and
// for pipes, with one command for each thing that scripts do. Data goes to
// stdout, messages to stderr, and the exit code says how it ended.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// exitGrace is how long a command may take to end after a signal. What it waits for
// by itself is shorter; what is left is a reader of stdout that does not read.
const exitGrace = 8 * time.Second

func main() { os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr)) }

// A program is one run of chat.
type program struct {
	*options
	args   []string
	env    func(string) (string, bool)
	stdin  *os.File
	stdout *os.File
	diag   *diagnostics

	helpErr error // of writing help, which cobra does not ask for
}

// run is the whole program. What goes wrong is one line on stderr.
func run(args []string, env func(string) (string, bool), stdin, stdout, stderr *os.File) int {
	keepBrokenPipes()
	defer saveMode(stdout)()
	defer saveMode(stderr)()
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends chat at once
	p := &program{options: &options{}, env: env, stdin: stdin, stdout: stdout, diag: newDiagnostics(stderr, env)}
	root := p.root()
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		err = p.helpErr
	}
	return p.exitCode(ctx, c, err)
}

// stopSignals are those that end chat in order. One that whoever started chat
// had ignored, as nohup and a shell's & do, stays ignored.
func stopSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGTERM}
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	return signals
}

// runCommand runs the command, and does not wait for ever for one that was told
// to end.
func (p *program) runCommand(ctx context.Context, command func(context.Context, *program) error) error {
	ended := make(chan error, 1)
	go func() { ended <- command(ctx, p) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(exitGrace):
		return context.Cause(ctx)
	}
}
