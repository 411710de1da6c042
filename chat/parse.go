package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linechat/chatd/proto"
)

// parse makes o the options of p, as the command line has them, and then the
// environment for the flags that do not stand there.
func (p *program) parse(c *cobra.Command, o *options, args []string) error {
	p.options, p.args = o, args
	flags := c.Flags()
	o.nickGiven = flags.Changed("nick")
	o.numberGiven, o.afterGiven = flags.Changed("number"), flags.Changed("after")
	if err := fromEnvironment(flags, p.env); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	return o.resolve(p.env)
}

// environmentFlags are the flags that the environment may give: not those of one command.
var environmentFlags = []string{"server", "nick", "key-file", "connect-timeout", "reconnect-timeout", "color", "utc", "no-status"}

// fromEnvironment sets flags that were not given from CHAT_ variables.
func fromEnvironment(flags *pflag.FlagSet, env func(string) (string, bool)) error {
	for _, name := range environmentFlags {
		value, _ := env(environmentName(name))
		flag := flags.Lookup(name)
		if value == "" || flag == nil || flag.Changed {
			continue
		}
		if err := flags.Set(name, value); err != nil {
			return fmt.Errorf("%s: %w", environmentName(name), err)
		}
	}
	return nil
}

func environmentName(flag string) string {
	return "CHAT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// checkRoom refuses what no room can be called.
func checkRoom(name string) error {
	if _, err := proto.ParseRoom(name); err != nil {
		return fmt.Errorf("room %q: %s", name, refusalText(err))
	}
	return nil
}
