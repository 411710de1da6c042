package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"linechat/chatd/proto"
)

// options is what the command line and the environment say.
type options struct {
	server        string
	nick          string // "": the login name, or a guest's
	insists       bool   // the nick stands on the command line
	keyFile       string
	key           string
	connect       time.Duration
	reconnect     time.Duration
	color         string
	utc           bool
	noStatus      bool
	help, version bool

	// Of single commands.
	number        int
	numberGiven   bool
	json          bool
	noFollow      bool
	whole         bool
	before, after uint64
	afterGiven    bool
	since         age
	from          string
}

// A group is the flags that --help shows together.
type group struct {
	title string
	flags *pflag.FlagSet
}

// The most that -n and the two timeouts may be.
const (
	mostNumber  = 10_000_000
	mostTimeout = 365 * 24 * time.Hour
)

const defaultPort = "5001"

// colors is what --color may be.
var colors = []string{"auto", "always", "never"}

// groupsFor returns the flags of a command, or, if it is nil, of chat itself.
func (o *options) groupsFor(c *command) []group {
	var groups []group
	add := func(title string) *pflag.FlagSet {
		fs := pflag.NewFlagSet(title, pflag.ContinueOnError)
		fs.SortFlags = false
		groups = append(groups, group{title, fs})
		return fs
	}
	if c != nil && c.flags != nil {
		c.flags(o, add("Flags of "+c.name))
	}
	to := add("Whom it connects to, and as whom")
	to.StringVar(&o.server, "server", "localhost:"+defaultPort, "`ADDRESS` host:port, tls://host:port or unix:///path\n")
	to.StringVar(&o.nick, "nick", "", "`NAME` nick to take (default the login name)")
	to.StringVar(&o.keyFile, "key-file", "", "`FILE` has the key that the nick is taken back with")
	to.DurationVar(&o.connect, "connect-timeout", 10*time.Second, "`TIME` how long to try; 0: once")
	to.DurationVar(&o.reconnect, "reconnect-timeout", 5*time.Minute, "`TIME` how long, when lost; 0: not")
	show := add("What it shows")
	show.StringVar(&o.color, "color", colors[0], "`WHEN` "+strings.Join(colors, ", ")+": colours")
	show.BoolVar(&o.utc, "utc", false, "times in UTC, not in this machine's zone")
	if c == nil {
		show.BoolVar(&o.noStatus, "no-status", false, "no status row above the prompt")
	}
	show.BoolVarP(&o.help, "help", "h", false, "show this")
	show.BoolVar(&o.version, "version", false, "show what was built")
	return groups
}

// flagsOf returns the flags of groups as one set.
func flagsOf(groups []group) *pflag.FlagSet {
	all := pflag.NewFlagSet("chat", pflag.ContinueOnError)
	all.Usage = func() {}
	for _, g := range groups {
		all.AddFlagSet(g.flags)
	}
	return all
}

// check refuses what cannot be used.
func (o *options) check() error {
	switch {
	case o.number < 0 || o.number > mostNumber:
		return fmt.Errorf("-n is 0 to %d, not %d", mostNumber, o.number)
	case o.connect < 0 || o.connect > mostTimeout:
		return fmt.Errorf("--connect-timeout is 0 to %v, not %v", mostTimeout, o.connect)
	case o.reconnect < 0 || o.reconnect > mostTimeout:
		return fmt.Errorf("--reconnect-timeout is 0 to %v, not %v", mostTimeout, o.reconnect)
	case o.since > 0 && o.afterGiven:
		return errors.New("--since and --after do not go together")
	case !slices.Contains(colors, o.color):
		return fmt.Errorf("--color is one of %s, not %q", strings.Join(colors, ", "), o.color)
	}
	for flag, name := range map[string]string{"--nick": o.nick, "--from": o.from} {
		if name == "" {
			continue
		}
		if _, err := proto.ParseNick(name); err != nil {
			return fmt.Errorf("%s %q: %s", flag, name, refusalOf(err).Text)
		}
	}
	return nil
}

// complete fills in what depends on the machine.
func (o *options) complete(env func(string) (string, bool)) error {
	if host := o.server; host != "" && !strings.ContainsAny(host, ":/") {
		o.server = net.JoinHostPort(host, defaultPort)
	}
	if o.nick == "" {
		o.nick = loginName()
	}
	o.key, _ = env("CHAT_KEY")
	if o.keyFile == "" {
		return nil
	}
	f, err := os.Open(o.keyFile)
	if err != nil {
		return fmt.Errorf("--key-file: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 4096).ReadSlice('\n')
	if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
		return fmt.Errorf("--key-file: %w", err)
	}
	if o.key = strings.TrimSpace(string(line)); o.key == "" {
		return fmt.Errorf("--key-file: there is no key in the first line of %s", o.keyFile)
	}
	if len(o.key) > proto.MaxKey || errors.Is(err, bufio.ErrBufferFull) {
		return fmt.Errorf("--key-file: a key has at most %d bytes", proto.MaxKey)
	}
	return nil
}

// loginName returns the login name if it can be a nick, or "".
func loginName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	if name, err := proto.ParseNick(u.Username); err != nil || name.Guest() {
		return ""
	}
	return u.Username
}

// An age is a flag's value such as 2h or 7d.
type age time.Duration

func (a *age) Set(word string) error {
	d, err := proto.ParseAge(word)
	if err != nil || d < time.Second {
		return errors.New("an age is a number with a unit: 90s, 15m, 2h, 7d")
	}
	*a = age(d)
	return nil
}

func (a *age) Type() string { return "AGE" }

func (a *age) String() string {
	if *a == 0 {
		return ""
	}
	return time.Duration(*a).String()
}
