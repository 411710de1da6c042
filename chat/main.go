// Chat is the client of chatd: for people, who give it a room to talk in, and
// for pipes, with one command for each thing that scripts do. Data goes to
// stdout, talk to stderr, and the exit code says how it ended.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Exit codes.
const (
	exitOK          = 0
	exitRefused     = 1 // by the server, or something else failed
	exitUsage       = 2
	exitUnreachable = 3 // no connection was made
	exitLost        = 4 // and not to be had again
	exitInterrupted = 130
)

// grace is how long a command may take to end after a signal. What it waits for
// by itself is shorter; what is left is a reader of stdout that does not read.
const grace = 8 * time.Second

func main() { os.Exit(run(os.Args[1:], os.LookupEnv, os.Stdin, os.Stdout, os.Stderr)) }

// A program is one run of chat.
type program struct {
	*options
	command *command // nil: people talk
	args    []string
	env     func(string) (string, bool)
	stdin   *os.File
	stdout  *os.File
	talk    *talk
}

// run is the whole program. What goes wrong is one line on stderr.
func run(args []string, env func(string) (string, bool), stdin, stdout, stderr *os.File) int {
	p := &program{env: env, stdin: stdin, stdout: stdout, talk: newTalk(stderr, env)}
	err := p.parse(args)
	switch {
	case err != nil:
		p.talk.say("%v (%s)", err, p.moreHelp())
		return exitUsage
	case p.help:
		fmt.Fprint(stdout, p.usage())
		return exitOK
	case p.version:
		fmt.Fprintln(stdout, version())
		return exitOK
	}
	signal.Ignore(syscall.SIGPIPE) // a write says so as well
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals()...)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends chat at once
	return p.verdict(ctx, p.carryOut(ctx))
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

// start runs the command, or has somebody talk.
func (p *program) start(ctx context.Context) error {
	if p.command == nil {
		return p.converse(ctx)
	}
	return p.command.run(ctx, p)
}

// carryOut runs the command, and does not wait for ever for one that was told
// to end.
func (p *program) carryOut(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- p.start(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(grace):
		return context.Cause(ctx)
	}
}
