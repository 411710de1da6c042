package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"slices"
	"strings"
	"time"

	"linechat/chatd/proto"
)

// options is what the command line and the environment say.
type options struct {
	server    string // or several, with commas between them
	nick      string // "": the login name, or a guest's
	nickGiven bool   // the nick stands on the command line
	keyFile   string
	key       string
	connect   time.Duration
	reconnect time.Duration
	color     string
	utc       bool
	noStatus  bool
	tls       tlsOptions
	login     loginOptions

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

// The most that -n and the two timeouts may be.
const (
	maxNumber  = 10_000_000
	maxTimeout = 365 * 24 * time.Hour
)

// The ports of a server that is named without one.
const (
	defaultPort    = "5001"
	defaultTLSPort = "5443"
)

const tlsScheme = "tls://"

// check refuses what cannot be used.
func (o *options) check() error {
	switch {
	case o.number < 0 || o.number > maxNumber:
		return fmt.Errorf("-n must be from 0 to %d, not %d", maxNumber, o.number)
	case o.connect < 0 || o.connect > maxTimeout:
		return fmt.Errorf("--connect-timeout must be from 0 to %v, not %v", maxTimeout, o.connect)
	case o.reconnect < 0 || o.reconnect > maxTimeout:
		return fmt.Errorf("--reconnect-timeout must be from 0 to %v, not %v", maxTimeout, o.reconnect)
	case o.since > 0 && o.afterGiven:
		return errors.New("--since and --after cannot be used together")
	case !slices.Contains(colors, o.color):
		return fmt.Errorf("--color must be one of %s, not %q", strings.Join(colors, ", "), o.color)
	}
	for flag, name := range map[string]string{"--nick": o.nick, "--from": o.from} {
		if name == "" {
			continue
		}
		if _, err := proto.ParseNick(name); err != nil {
			return fmt.Errorf("%s %q: %s", flag, name, refusalText(err))
		}
	}
	return cmp.Or(o.tls.check(strings.Split(o.server, ",")), o.login.check(strings.Split(withPorts(o.server), ","), o.nickGiven))
}

// resolve fills in what depends on the machine.
func (o *options) resolve(env func(string) (string, bool)) (err error) {
	o.server = withPorts(o.server)
	if o.number == 0 {
		o.before = 1 // so that there are none: to the client a number of 0 is all posts
	}
	if o.nick == "" {
		o.nick = loginName()
	}
	if o.key, _ = env("CHAT_KEY"); o.keyFile != "" {
		o.key, err = readKey(o.keyFile)
	}
	return cmp.Or(err, o.tls.resolve(), o.login.resolve())
}

// withPorts returns a list of servers with their ports.
func withPorts(list string) string {
	servers := strings.Split(list, ",")
	for i, server := range servers {
		servers[i] = withPort(server)
	}
	return strings.Join(servers, ",")
}

// withPort returns a server with its port.
func withPort(server string) string {
	host, encrypted := strings.CutPrefix(server, tlsScheme)
	switch {
	case host == "" || strings.ContainsAny(host, ":/"):
		return server
	case encrypted:
		return tlsScheme + net.JoinHostPort(host, defaultTLSPort)
	}
	return net.JoinHostPort(host, defaultPort)
}

// readKey returns the key in the first line of the file of --key-file.
func readKey(name string) (string, error) {
	f, err := os.Open(name)
	if err != nil {
		return "", fmt.Errorf("--key-file: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 4096).ReadSlice('\n')
	key, tooLong := strings.TrimSpace(string(line)), errors.Is(err, bufio.ErrBufferFull)
	switch {
	case err != nil && err != io.EOF && !tooLong:
		return "", fmt.Errorf("--key-file: %w", err)
	case key == "":
		return "", fmt.Errorf("--key-file: there is no key in the first line of %s", name)
	case tooLong || len(key) > proto.MaxKey:
		return "", fmt.Errorf("--key-file: a key has at most %d bytes", proto.MaxKey)
	}
	return key, nil
}

// loginName returns the nick that the login name gives, or "".
func loginName() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return nickOf(u.Username)
}

// nickOf returns a login name without its domain, which DOMAIN\user and
// user@domain have, if that can be a nick, or "".
func nickOf(login string) string {
	login, _, _ = strings.Cut(login[strings.LastIndexByte(login, '\\')+1:], "@")
	if name, err := proto.ParseNick(login); err != nil || name.Guest() || name.Reserved() {
		return ""
	}
	return login
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
