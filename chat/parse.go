package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"linechat/chatd/cli"
	"linechat/chatd/proto"
)

// parse makes o the options of p: the command line's, and the environment's for the
// flags that the command line does not have.
func (p *program) parse(c *cobra.Command, o *options, args []string) error {
	p.options, p.args = o, args
	flags := c.Flags()
	o.nickGiven = flags.Changed("nick")
	o.numberGiven, o.afterGiven = flags.Changed("number"), flags.Changed("after")
	excluded := func(flag string) bool { return !slices.Contains(environmentFlags, flag) }
	if err := cli.FromEnvironment(flags, "CHAT_", p.env, excluded); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	return o.resolve(p.env)
}

// environmentFlags are the flags that the environment may set: preferences, not
// what a single command is to do.
var environmentFlags = []string{
	"server", "nick", "key-file", "connect-timeout", "reconnect-timeout",
	"tls-ca", "fingerprint", "tls-cert", "tls-key", "login", "password-file", "color", "utc", "no-status",
}

// checkRoom refuses what is not a name of a room.
func checkRoom(name string) error {
	if _, err := proto.ParseRoom(name); err != nil {
		return fmt.Errorf("room %q: %s", name, refusalText(err))
	}
	return nil
}
