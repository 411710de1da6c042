package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"linechat/chatd/cli"
)

// writeHelp shows what a command does and takes, for chatd itself with its
// flags in groups.
func writeHelp(c *cobra.Command, groups []group) error {
	var b strings.Builder
	about := c.Long
	if about == "" {
		about = c.CommandPath() + " " + c.Short + "."
	}
	fmt.Fprintf(&b, "%s\n\nUsage: %s\n", about, c.UseLine())
	if c.HasParent() {
		c.InitDefaultHelpFlag() // has the flags of chatd among those of c
		groups = []group{{"Flags", c.Flags(), ""}}
	} else {
		b.WriteString(commandList(c))
	}
	b.WriteString(flagTables(groups, ""))
	b.WriteString(c.Example)
	_, err := io.WriteString(c.OutOrStdout(), b.String())
	return err
}

// The topics of the flags that only chatd help TOPIC lists: with them, the help would not fit
// a screen.
const (
	limits  = "limits"
	cluster = "cluster"
)

// topics are what chatd help TOPIC says before the flags.
var topics = map[string]string{
	limits: "The limits of chatd are flags of it. protocol.md says what is beyond each.\n",
	cluster: `Chatds on several machines are one chat if they have the same nats-servers.
chatd-cluster(7) says how to set these up, and scripts/cluster tries it. All
machines are given the same --ssh-host-key.
`,
}

// flagTables is the part of the help that lists the flags of a topic.
func flagTables(groups []group, topic string) string {
	var b strings.Builder
	for _, g := range groups {
		if g.topic == topic {
			fmt.Fprintf(&b, "\n%s:\n%s", g.title, cli.FlagTable(g.flags))
		}
	}
	return b.String()
}

// commandList is the part of the help that lists the commands.
func commandList(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("       chatd COMMAND [flags] [argument]\n\nCommands (chatd help COMMAND says more):\n")
	for _, c := range root.Commands() {
		fmt.Fprintf(&b, "  %-18s  %s\n", c.Use, c.Short)
	}
	return b.String()
}

// helpCommand returns the command help, which shows what --help does.
func (p *program) helpCommand(root *cobra.Command, groups []group) *cobra.Command {
	c := &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "shows help, also for one command, limits and cluster",
		RunE: func(c *cobra.Command, args []string) error {
			p.started = true
			if about := topics[strings.Join(args, "")]; about != "" {
				_, err := io.WriteString(c.OutOrStdout(), about+flagTables(groups, args[0]))
				return err
			}
			named, _, err := root.Find(args)
			if err != nil {
				return err
			}
			return named.Help()
		},
	}
	names := []string{"help"}
	for _, named := range root.Commands() {
		names = append(names, named.Name())
	}
	return takesOneOf(c, 0, append(names, limits, cluster))
}

// completionCommand returns the command that writes a script for a shell.
func (p *program) completionCommand(root *cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use:   "completion SHELL",
		Short: "writes a completion script for bash, zsh, fish, powershell",
		Long: `chatd completion writes a completion script for a shell: bash, zsh, fish or
powershell. In bash read it with

    source <(chatd completion bash)`,
		RunE: func(c *cobra.Command, args []string) error {
			p.started = true
			return cli.WriteCompletion(c.OutOrStdout(), root, args[0])
		},
	}
	return takesOneOf(c, 1, cli.Shells)
}

// takesOneOf lets a command take minArgs to one argument, which must be one of values.
func takesOneOf(c *cobra.Command, minArgs int, values []string) *cobra.Command {
	c.ValidArgs = values
	c.Args = cobra.MatchAll(takes(minArgs, 1), func(_ *cobra.Command, args []string) error {
		if len(args) > 0 && !slices.Contains(values, args[0]) {
			return fmt.Errorf("%q is none of %s", args[0], strings.Join(values, ", "))
		}
		return nil
	})
	return c
}
