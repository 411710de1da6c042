package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/server"
)

// options is what the command line and the environment say.
type options struct {
	listen         []string
	data           string
	memory         bool
	retain         retain
	minFree        size
	motd           string
	rate           int
	maxLine        int
	maxConnections int
	maxRooms       int
	presence       int
	logFormat      string
	help, version  bool

	groups []group
}

// A group is the flags that --help shows together.
type group struct {
	title string
	flags *pflag.FlagSet
}

const (
	minMaxLine     = 512
	mostMaxLine    = 1 << 20
	motdLines      = 50
	motdBytes      = 16 << 10
	maxListeners   = 64
	ownDescriptors = 64 // that connections must leave free
)

func (o *options) group(title string) *pflag.FlagSet {
	fs := pflag.NewFlagSet(title, pflag.ContinueOnError)
	fs.SortFlags = false
	o.groups = append(o.groups, group{title, fs})
	return fs
}

// parseOptions reads the command line, then the environment for the flags that
// do not stand there.
func parseOptions(args []string, env func(string) (string, bool)) (*options, error) {
	o := &options{}
	where := o.group("Where it listens and what it keeps")
	where.StringSliceVar(&o.listen, "listen", []string{"localhost:5001"}, "`ADDRESS` to be reached at, host:port or unix:///path; repeatable")
	where.StringVar(&o.data, "data", "", "`DIR` to keep rooms in (default $STATE_DIRECTORY, or chatd in\n$XDG_STATE_HOME, or ~/.local/state/chatd)")
	where.BoolVar(&o.memory, "memory", false, "keep rooms in memory: nothing outlives a restart")
	where.Var(&o.retain, "retain", "drop old posts: age=30d, posts=100000 (of each room), size=10GB\n(in use in the files, which do not shrink); repeatable (default all are kept)")
	o.minFree = sqlite.MinFreeAuto
	where.Var(&o.minFree, "min-free", "disk space to be left free: nothing new is taken below it\n(default the smaller of 64MB and 5% of the disk)")
	limits := o.group("Limits")
	limits.IntVar(&o.rate, "rate", 200, "lines a second of one session, with 1000 at once; 0 lifts every rate")
	limits.IntVar(&o.maxLine, "max-line", 8192, "most `BYTES` of one line from a client")
	limits.IntVar(&o.maxConnections, "max-connections", 0, "connections at a time; 0: as many as descriptors allow")
	limits.IntVar(&o.maxRooms, "max-rooms", 10_000, "rooms there may be")
	limits.IntVar(&o.presence, "presence", 50, "members up to which a room is told who comes and goes")
	talk := o.group("What it says")
	talk.StringVar(&o.motd, "motd", "", "message of the day: a `FILE` to greet with, read again on SIGHUP")
	talk.StringVar(&o.logFormat, "log", "text", "how it logs to stderr, `text|json`")
	talk.BoolVarP(&o.help, "help", "h", false, "show this")
	talk.BoolVar(&o.version, "version", false, "show what was built")

	all := pflag.NewFlagSet("chatd", pflag.ContinueOnError)
	for _, g := range o.groups {
		all.AddFlagSet(g.flags)
	}
	all.SetOutput(io.Discard)
	if err := all.Parse(args); err != nil {
		return nil, err
	}
	if c := lookUp(all.Args()); c != nil {
		return nil, fmt.Errorf("the command comes first: chatd %s", c.form())
	}
	if all.NArg() > 0 {
		return nil, fmt.Errorf("chatd takes flags only, not %q", all.Arg(0))
	}
	if err := fromEnvironment(all, env); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	return o, o.findData(env)
}

// findData says where the data are where no flag does.
func (o *options) findData(env func(string) (string, bool)) error {
	if o.memory || o.data != "" {
		return nil
	}
	if o.data = defaultData(env); o.data == "" {
		return errors.New("there is no HOME to keep rooms in; give --data DIR or --memory")
	}
	return nil
}

// defaultData returns the data directory where no flag names one; "": there is
// no HOME.
func defaultData(env func(string) (string, bool)) string {
	if dirs, _ := env("STATE_DIRECTORY"); dirs != "" {
		dir, _, _ := strings.Cut(dirs, ":") // systemd.exec(5): one for each that the unit names
		return dir
	}
	if state, _ := env("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "chatd")
	}
	home, _ := env("HOME")
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".local", "state", "chatd")
}

// fromEnvironment sets flags that were not given from CHATD_ variables.
func fromEnvironment(fs *pflag.FlagSet, env func(string) (string, bool)) (err error) {
	fs.VisitAll(func(f *pflag.Flag) {
		value, ok := env(variable(f.Name))
		if !ok || value == "" || f.Changed || f.Name == "help" || f.Name == "version" || err != nil {
			return
		}
		if setErr := fs.Set(f.Name, value); setErr != nil {
			err = fmt.Errorf("%s: %w", variable(f.Name), setErr)
		}
	})
	return err
}

func variable(flag string) string {
	return "CHATD_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func (o *options) check() error {
	bounds := []struct {
		flag             string
		value, low, high int
	}{
		{"rate", o.rate, 0, 1_000_000},
		{"max-line", o.maxLine, minMaxLine, mostMaxLine},
		{"max-connections", o.maxConnections, 0, 10_000_000},
		{"max-rooms", o.maxRooms, 1, 10_000_000},
		{"presence", o.presence, 0, 100_000},
	}
	for _, b := range bounds {
		if b.value < b.low || b.value > b.high {
			return fmt.Errorf("--%s is %d to %d, not %d", b.flag, b.low, b.high, b.value)
		}
	}
	if len(o.listen) == 0 || len(o.listen) > maxListeners {
		return fmt.Errorf("--listen is given 1 to %d times, not %d", maxListeners, len(o.listen))
	}
	for _, address := range o.listen {
		if err := server.CheckAddress(address); err != nil {
			return fmt.Errorf("--listen: %w", err)
		}
	}
	if o.memory && o.data != "" {
		return errors.New("--memory and --data do not go together")
	}
	if o.logFormat != "text" && o.logFormat != "json" {
		return fmt.Errorf("--log is text or json, not %q", o.logFormat)
	}
	return nil
}

// usage is what --help shows.
func (o *options) usage() string {
	var b strings.Builder
	b.WriteString("chatd is a chat daemon for nc, telnet and scripts.\n\nUsage: chatd [flags]\n       chatd COMMAND [flags] [argument]\n\nCommands (chatd COMMAND --help says more):\n")
	for _, c := range commands {
		fmt.Fprintf(&b, "  %-14s %s\n", c.form(), c.brief)
	}
	for _, g := range o.groups {
		fmt.Fprintf(&b, "\n%s:\n%s", g.title, g.flags.FlagUsages())
	}
	b.WriteString("\nEach flag can be given in the environment, too: CHATD_LISTEN, CHATD_MAX_LINE, …\nTry it: chatd, and in another terminal: nc localhost 5001\n")
	return b.String()
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
		return nil, fmt.Errorf("--motd: %s has %d bytes, at most %d are shown", o.motd, len(text), motdBytes)
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	if len(lines) > motdLines {
		return nil, fmt.Errorf("--motd: %s has %d lines, at most %d are shown", o.motd, len(lines), motdLines)
	}
	return lines, nil
}

// connections is how many connections there may be, as flag and descriptors
// allow.
func (o *options) connections(log *slog.Logger) int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		log.Warn("how many descriptors there are is not known", "err", err)
		return max(o.maxConnections, 1000)
	}
	free := int(min(limit.Cur, 10_000_000)) - ownDescriptors
	if o.maxConnections == 0 || o.maxConnections > free {
		if o.maxConnections > 0 {
			log.Warn("descriptors allow fewer connections than --max-connections", "allowed", free)
		}
		return max(free, 1)
	}
	return o.maxConnections
}

func version() string {
	v := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v = info.Main.Version
	}
	return fmt.Sprintf("chatd %s %s %s/%s", v, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
