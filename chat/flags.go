package main

import (
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// A group is the flags that --help shows together.
type group struct {
	title string
	own   bool // flags that other commands do not have
	flags *pflag.FlagSet
}

// colors is what --color may be.
var colors = []string{"auto", "always", "never"}

// groupsFor returns the flags of a command.
func (o *options) groupsFor(c *command) []group {
	var groups []group
	add := func(title string, own bool) *pflag.FlagSet {
		fs := pflag.NewFlagSet(title, pflag.ContinueOnError)
		fs.SortFlags = false
		groups = append(groups, group{title, own, fs})
		return fs
	}
	if c.flags != nil {
		c.flags(o, add("Flags of "+c.name(), true))
	}
	to := add("Server and nick", false)
	to.StringVarP(&o.server, "server", "s", "localhost:"+defaultPort, "`ADDRESS` host:port, tls://host:port or unix:///path,\nor a,b,c of one chat")
	to.StringVarP(&o.nick, "nick", c.short, "", "`NAME` nick to take (default your login name)")
	to.StringVar(&o.keyFile, "key-file", "", "`FILE` key that takes the nick back")
	to.DurationVar(&o.connect, "connect-timeout", 10*time.Second, "`TIME` how long to keep trying (0: once)")
	to.DurationVar(&o.reconnect, "reconnect-timeout", 5*time.Minute, "`TIME` how long to keep reconnecting (0: don't)\n")
	proof := add("Account, and TLS for --server tls://", false)
	proof.StringVar(&o.login.account, "login", "", "`NAME` account to log in to; asks for its password")
	proof.StringVar(&o.login.passwordFile, "password-file", "", "`FILE` the password, which is not asked for then")
	proof.StringVar(&o.tls.ca, "tls-ca", "", "`FILE` authorities to trust, instead of the system's")
	proof.StringVar(&o.tls.fingerprint, "fingerprint", "", "`SHA256:...` trust only certificates that have this one")
	proof.StringVar(&o.tls.cert, "tls-cert", "", "`FILE` certificate to show to the server")
	proof.StringVar(&o.tls.key, "tls-key", "", "`FILE` private key of that certificate")
	show := add("Output", false)
	show.StringVar(&o.color, "color", colors[0], "`WHEN` use colours: "+strings.Join(colors, ", "))
	show.BoolVar(&o.utc, "utc", false, "show times in UTC, not in the local zone")
	show.BoolP("help", "h", false, "show this help")
	show.Bool("version", false, "show the version")
	return groups
}

func interactiveFlags(o *options, fs *pflag.FlagSet) {
	fs.BoolVar(&o.noStatus, "no-status", false, "show no status row above the prompt")
}

func postFlags(o *options, fs *pflag.FlagSet) {
	fs.BoolVar(&o.whole, "whole", false, "one post of all lines, at most 1000 and 65536 bytes")
}

func tailFlags(o *options, fs *pflag.FlagSet) {
	numberFlag(o, fs, 10, "begin with the last `N` posts")
	fs.BoolVar(&o.noFollow, "no-follow", false, "exit after these posts")
	jsonFlags(o, fs)
}

func historyFlags(o *options, fs *pflag.FlagSet) {
	numberFlag(o, fs, 20, "at most `N` posts")
	fs.Uint64Var(&o.before, "before", 0, "only posts before number `SEQ`")
	fs.Uint64Var(&o.after, "after", 0, "only posts after number `SEQ`")
	fs.Var(&o.since, "since", "only posts of the last `AGE`: 90s, 15m, 2h, 7d")
	jsonFlags(o, fs)
}

func searchFlags(o *options, fs *pflag.FlagSet) {
	numberFlag(o, fs, 20, "at most `N` posts")
	fs.StringVar(&o.from, "from", "", "only posts of `NICK`")
	fs.Uint64Var(&o.before, "before", 0, "only posts before number `SEQ`")
	fs.Uint64Var(&o.after, "after", 0, "only posts after number `SEQ`")
	fs.Var(&o.since, "since", "only posts of the last `AGE`: 90s, 15m, 2h, 7d")
	jsonFlags(o, fs)
}

// numberFlag adds -n, as tail(1) has it. In commands that have it, --nick has no
// short form.
func numberFlag(o *options, fs *pflag.FlagSet, n int, about string) {
	fs.IntVarP(&o.number, "number", "n", n, about)
}

func jsonFlags(o *options, fs *pflag.FlagSet) {
	fs.BoolVar(&o.json, "json", false, "write JSON, one object per line")
}
