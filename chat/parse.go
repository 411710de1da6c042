package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"linechat/chatd/proto"
)

// parse reads the command line, then the environment for the flags that do not
// stand there. A first argument that is a command's name is that command; behind -- it
// is a room.
func (p *program) parse(args []string) error {
	p.options = &options{}
	top := flagsOf(p.groupsFor(nil))
	top.SetInterspersed(false)
	if err := top.Parse(args); err != nil {
		return err
	}
	at := len(args) - top.NArg()
	if top.NArg() > 0 && top.ArgsLenAtDash() < 0 {
		p.command = commandNamed(args[at])
	}
	if p.command != nil {
		args = slices.Concat(args[:at], args[at+1:])
	}
	*p.options = options{}
	flags := flagsOf(p.groupsFor(p.command))
	if err := flags.Parse(args); err != nil {
		return err
	}
	p.args = flags.Args()
	if p.help || p.version {
		return nil
	}
	return p.settle(flags)
}

// settle makes the options of the flags that were parsed.
func (p *program) settle(flags *pflag.FlagSet) error {
	p.insists = flags.Changed("nick")
	p.numberGiven, p.afterGiven = flags.Changed("number"), flags.Changed("after")
	if err := fromEnvironment(flags, p.env); err != nil {
		return err
	}
	if err := p.check(); err != nil {
		return err
	}
	if err := p.checkArguments(); err != nil {
		return err
	}
	return p.options.complete(p.env)
}

// shared are the flags that the environment may give: not those of one command.
var shared = []string{"server", "nick", "key-file", "connect-timeout", "reconnect-timeout", "color", "utc", "no-status"}

// fromEnvironment sets flags that were not given from CHAT_ variables.
func fromEnvironment(flags *pflag.FlagSet, env func(string) (string, bool)) error {
	for _, name := range shared {
		value, _ := env(variable(name))
		flag := flags.Lookup(name)
		if value == "" || flag == nil || flag.Changed {
			continue
		}
		if err := flags.Set(name, value); err != nil {
			return fmt.Errorf("%s: %w", variable(name), err)
		}
	}
	return nil
}

func variable(flag string) string {
	return "CHAT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// checkArguments refuses too few, too many, and rooms that cannot be.
func (p *program) checkArguments() error {
	c := p.command
	if c == nil {
		c = &command{max: 1, first: aRoom}
	}
	switch {
	case len(p.args) > c.max && p.command == nil:
		return unknownCommand(p.args[0])
	case len(p.args) > c.max:
		return fmt.Errorf("chat %s takes no %q", c.name, p.args[c.max])
	case len(p.args) < c.min:
		return fmt.Errorf("chat %s wants %s", c.name, c.usage)
	case c.first != aRoom || len(p.args) == 0:
		return nil
	}
	if _, err := proto.ParseRoom(p.args[0]); err != nil {
		return fmt.Errorf("room %q: %s", p.args[0], refusalOf(err).Text)
	}
	return nil
}

// unknownCommand says that a word is no command, and which one it may be meant
// for.
func unknownCommand(word string) error {
	if near := proto.Suggest(word, commandNames()); near != "" {
		return fmt.Errorf("there is no command %q; did you mean %s?", word, near)
	}
	return fmt.Errorf("there is no command %q", word)
}

// refusalOf returns err as the refusal it is; one that is none becomes one with
// its text.
func refusalOf(err error) *proto.Error {
	var refused *proto.Error
	if errors.As(err, &refused) {
		return refused
	}
	return &proto.Error{Text: err.Error()}
}
