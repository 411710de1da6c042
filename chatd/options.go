package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"linechat/chatd/cli"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/server"
)

// options is what the command line and the environment say.
type options struct {
	listen         []string
	data           string
	memory         bool
	retain         retain
	minFree        size
	maxStore       size
	sshHostKey     string
	admin          string
	motd           string
	rate           int
	maxLine        int
	maxConnections int
	proxies        prefixes
	maxRooms       int
	maxMembers     int
	memoryLimit    size
	origins        originOptions
	presence       int
	tlsCert        string
	tlsKey         string
	guests         string
	register       string
	logFormat      string
	metrics        metricsOptions
	cluster        clusterOptions
}

// A group is flags that the help shows together.
type group struct {
	title string
	flags *pflag.FlagSet
	topic string // "": that of --help
}

const (
	minMaxLine     = 512
	maxMaxLine     = 1 << 20
	motdLines      = 50
	motdBytes      = 16 << 10
	maxListeners   = 64
	ownDescriptors = 64         // that the store and the rest of chatd have, about twice what was counted
	maxDescriptors = 10_000_000 // where there is no limit
)

// The values of --log, --guests and --register.
var (
	logFormats   = []string{"text", "json"}
	guestsValues = []string{"on", "off"}
	registration = []string{"open", "closed"}
)

// groups returns the flags, in the groups that --help shows.
func (o *options) groups() []group {
	return []group{
		{"Listening and storage", o.storageFlags(), ""},
		{"Accounts", o.accountFlags(), ""},
		{"TLS and SSH", o.encryptionFlags(), ""},
		{"Limits", o.limitFlags(), limits},
		{"Limits of an address, four times as much for the accounts there", o.origins.flags(), limits},
		{"Several machines", o.cluster.flags(), cluster},
		{"Metrics", o.metrics.flags(), ""},
		{"Messages and logging", o.messageFlags(), ""},
	}
}

func (o *options) storageFlags() *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringSliceVar(&o.listen, "listen", []string{"localhost:5001"}, "listen on `ADDRESS`: host:port, tls://host:port,\nssh://host:port or unix:///path?mode=0660&group=chat;\nrepeatable")
	fs.Var(&o.proxies, "proxy", "take clients' addresses from proxies in `CIDR`, which must\nspeak the PROXY protocol, version 2; repeatable")
	fs.StringVar(&o.data, "data", "", "keep rooms in `DIR` (default $STATE_DIRECTORY, or chatd in\n$XDG_STATE_HOME or ~/.local/state)")
	fs.BoolVar(&o.memory, "memory", false, "keep rooms in memory only: a restart loses them")
	fs.Var(&o.retain, "retain", "delete old posts: age=30d, posts=100000 (per room) or\nsize=10GB; repeatable (default: keep all)")
	o.minFree = sqlite.MinFreeAuto
	fs.Var(&o.minFree, "min-free", "refuse posts when less than SIZE is free on the disk\n(default the smaller of 64MB and 5% of the disk)")
	o.maxStore = sqlite.MaxStoreAuto
	fs.Var(&o.maxStore, "max-store", "refuse posts of guests beyond SIZE; 0: no limit\n(default 10GB, or half of what was free for a new DIR)")
	return fs
}

func (o *options) accountFlags() *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringVar(&o.guests, "guests", guestsValues[0], "admit users without an account: `on` or off")
	fs.StringVar(&o.register, "register", registration[0], "let guests register: `open` or closed")
	fs.StringVar(&o.admin, "admin", "", "take admins on the Unix socket `PATH`; off: on none\n(default admin.sock in the data directory)")
	return fs
}

func (o *options) encryptionFlags() *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringVar(&o.tlsCert, "tls-cert", "", "show clients the certificate in `FILE` (chatd cert\nmakes one); read again when it changes")
	fs.StringVar(&o.tlsKey, "tls-key", "", "whose key is in `FILE`")
	fs.StringVar(&o.sshHostKey, "ssh-host-key", "", "show clients the host key in `FILE` (default: one in\n--data, made on the first start)")
	return fs
}

func (o *options) limitFlags() *pflag.FlagSet {
	fs := newFlagSet()
	fs.IntVar(&o.rate, "rate", 200, "`N` lines per second per session, bursts of 1000;\n0: no rate limits")
	fs.IntVar(&o.maxLine, "max-line", 8192, "lines of up to `N` bytes from clients")
	fs.IntVar(&o.maxConnections, "max-connections", 0, "up to `N` connections (default: the descriptor limit)")
	fs.IntVar(&o.maxRooms, "max-rooms", 10_000, "up to `N` rooms, half of them guests'")
	fs.IntVar(&o.maxMembers, "max-members", 10_000, "up to `N` members of a room")
	o.memoryLimit = memoryLimitAuto
	fs.Var(&o.memoryLimit, "memory-limit", "refuse connections when memory comes near SIZE; 0: no\nlimit (default three quarters of what there is)")
	fs.IntVar(&o.presence, "presence", 50, "report joins and leaves up to `N` members")
	return fs
}

func (o *options) messageFlags() *pflag.FlagSet {
	fs := newFlagSet()
	fs.StringVar(&o.motd, "motd", "", "greet with the message of the day in `FILE`")
	fs.StringVar(&o.logFormat, "log", logFormats[0], "log to stderr in this `FORMAT`: "+strings.Join(logFormats, " or "))
	fs.BoolP("help", "h", false, "show this help")
	fs.Bool("version", false, "show the version")
	return fs
}

func newFlagSet() *pflag.FlagSet {
	fs := pflag.NewFlagSet("chatd", pflag.ContinueOnError)
	fs.SortFlags = false
	return fs
}

// completeFlags says how a shell completes the values of flags.
func completeFlags(c *cobra.Command) {
	c.Flags().SortFlags = false
	// These flags exist, which is all that could fail.
	_ = c.MarkFlagDirname("data")
	for _, flag := range []string{"tls-cert", "tls-key", "ssh-host-key"} {
		_ = c.MarkFlagFilename(flag)
	}
	completeServers(c)
	for flag, values := range map[string][]string{"log": logFormats, "guests": guestsValues, "register": registration} {
		_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

// complete sets the flags that the command line does not have from the
// environment, and checks all of them.
func (o *options) complete(fs *pflag.FlagSet, env func(string) (string, bool)) error {
	if err := fromEnvironment(fs, env); err != nil {
		return err
	}
	if err := o.check(); err != nil || o.memory {
		return err
	}
	return findData(&o.data, env)
}

// findData sets the data directory if no flag has set it.
func findData(data *string, env func(string) (string, bool)) error {
	if *data != "" {
		return nil
	}
	if dirs, _ := env("STATE_DIRECTORY"); dirs != "" {
		*data, _, _ = strings.Cut(dirs, ":") // systemd.exec(5): one for each that the unit names
		return nil
	}
	home := cli.StateDir(env)
	if home == "" {
		return errors.New("there is no home directory to keep rooms in; name a directory with --data DIR")
	}
	*data = filepath.Join(home, "chatd")
	return nil
}

// fromEnvironment sets the flags that the command line does not have from CHATD_
// variables.
func fromEnvironment(fs *pflag.FlagSet, env func(string) (string, bool)) error {
	return cli.FromEnvironment(fs, "CHATD_", env, func(flag string) bool { return flag == "help" || flag == "version" })
}

func (o *options) check() error {
	bounds := []struct {
		flag            string
		value, min, max int
	}{
		{"rate", o.rate, 0, 1_000_000},
		{"max-line", o.maxLine, minMaxLine, maxMaxLine},
		{"max-connections", o.maxConnections, 0, maxDescriptors},
		{"max-rooms", o.maxRooms, 1, 10_000_000},
		{"max-members", o.maxMembers, 1, maxDescriptors},
		{"presence", o.presence, 0, 100_000},
		{"sessions-per-address", o.origins.sessionsPerAddress, 0, maxDescriptors},
		{"connects-per-second", o.origins.connectsPerSecond, 0, 1_000_000},
		{"lines-per-address", o.origins.linesPerAddress, 0, 1_000_000},
		{"deliveries-per-address", o.origins.deliveries, 0, 100_000_000},
		{"creates-per-hour", o.origins.createsPerHour, 0, 1_000_000},
		{"registers-per-hour", o.origins.registersPerHour, 0, 1_000_000},
		{"tells-per-minute", o.origins.tellsPerMinute, 0, 1_000_000},
	}
	for _, b := range bounds {
		if b.value < b.min || b.value > b.max {
			return fmt.Errorf("--%s must be between %d and %d, not %d", b.flag, b.min, b.max, b.value)
		}
	}
	if len(o.listen) == 0 || len(o.listen) > maxListeners {
		return fmt.Errorf("--listen must be given between 1 and %d times, not %d", maxListeners, len(o.listen))
	}
	for _, address := range o.listen {
		if err := listener.Check(address); err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
	}
	if o.memory && o.data != "" {
		return errors.New("--memory and --data exclude each other")
	}
	return cmp.Or(o.origins.check(), o.checkTLS(), o.metrics.check(), o.cluster.check(o.memory), o.checkMemory(), checkWord("log", o.logFormat, logFormats), checkWord("guests", o.guests, guestsValues), checkWord("register", o.register, registration))
}

func checkWord(flag, value string, allowed []string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("--%s must be %s, not %q", flag, strings.Join(allowed, " or "), value)
}

func (o *options) logger(w io.Writer) *slog.Logger {
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// readMOTD returns the lines of the message of the day.
func (o *options) readMOTD() ([]string, error) {
	if o.motd == "" {
		return nil, nil
	}
	text, err := os.ReadFile(o.motd)
	if err != nil {
		return nil, fmt.Errorf("--motd: %w", err)
	}
	if len(text) > motdBytes {
		return nil, fmt.Errorf("--motd: %s has %d bytes; a message of the day may have %d", o.motd, len(text), motdBytes)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(lines) > motdLines {
		return nil, fmt.Errorf("--motd: %s has %d lines; a message of the day may have %d", o.motd, len(lines), motdLines)
	}
	return lines, nil
}

// connections returns the maximum number of connections, as the flag and the limit of
// descriptors allow. It leaves some to the store, to each listener and what it has just
// accepted, and to connections that are refused.
func (o *options) connections(log *slog.Logger, listeners int) int {
	limit, err := descriptorLimit()
	if err != nil {
		log.Warn("the limit of descriptors is not known", "err", err)
		return cmp.Or(o.maxConnections, 1000)
	}
	own := ownDescriptors + 2*listeners + server.MaxRefusals
	if o.metrics.address != "" {
		own += 2 * (maxScrapers + 2) // on both loopback addresses, perhaps
	}
	if slices.ContainsFunc(o.listen, func(a string) bool { return listener.IsTLS(a) || listener.IsSSH(a) }) {
		own += listener.MaxHandshakes
	}
	allowed := max(limit-own, 1)
	if limit <= own {
		log.Warn("the limit of descriptors is too low: one connection is allowed, and reading the store may fail", "limit", limit, "needed", own+1)
	}
	if o.maxConnections > allowed {
		log.Warn("descriptors allow fewer connections than --max-connections", "allowed", allowed)
	}
	if o.maxConnections == 0 || o.maxConnections > allowed {
		return allowed
	}
	return o.maxConnections
}
