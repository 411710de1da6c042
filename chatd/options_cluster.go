package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// clusterOptions are the flags of a chat on several machines.
type clusterOptions struct {
	nats     []string // URLs of nats-servers; nil: the chat is on this machine alone
	creds    string
	ca       string
	cert     string
	key      string
	replicas int
	maxBytes size
	monitors []string

	set *pflag.FlagSet // says which flags were given
}

const (
	maxServers   = 64
	maxBytesAuto = -1 // 10 GiB for a new log, and whatever an old one has
	minMaxBytes  = 64 << 20
	maxReplicas  = 5 // of a stream of JetStream
)

func (o *clusterOptions) flags() *pflag.FlagSet {
	fs := newFlagSet()
	o.maxBytes = maxBytesAuto
	fs.StringSliceVar(&o.nats, "nats", nil, "share the chat through the nats-servers at `URL`,\nas nats://host:4222 or tls://host:4222; repeatable")
	fs.StringVar(&o.creds, "nats-creds", "", "log in there with the credentials in `FILE`")
	fs.StringVar(&o.ca, "nats-ca", "", "trust the certificates that `FILE` has or has signed")
	fs.StringVar(&o.cert, "nats-cert", "", "show nats-server the certificate in `FILE`")
	fs.StringVar(&o.key, "nats-key", "", "whose key is in `FILE`")
	fs.IntVar(&o.replicas, "nats-replicas", 3, "keep the log on `N` nats-servers")
	fs.Var(&o.maxBytes, "nats-max-bytes", "refuse posts when the log has SIZE (default\n10GiB, or what it was made with)")
	fs.StringSliceVar(&o.monitors, "nats-monitor", nil, "see at `URL`, as http://host:8222, that nats-server\nsyncs what it acknowledges; repeatable")
	o.set = fs
	return fs
}

// completeServers says how a shell completes the values of these flags.
func completeServers(c *cobra.Command) {
	for _, flag := range []string{"nats-creds", "nats-ca", "nats-cert", "nats-key"} {
		_ = c.MarkFlagFilename(flag) // there are such flags
	}
}

// on reports whether the chat is on several machines.
func (o *clusterOptions) on() bool { return len(o.nats) > 0 }

// check returns what is wrong with the flags. It quotes no address of a nats-server that has
// a password.
func (o *clusterOptions) check(memory bool) error {
	if !o.on() {
		return o.checkUnused()
	}
	switch {
	case memory:
		return errors.New("--memory and --nats exclude each other: each machine keeps a copy in --data")
	case len(o.nats) > maxServers:
		return fmt.Errorf("--nats names at most %d nats-servers, not %d", maxServers, len(o.nats))
	case (o.cert == "") != (o.key == ""):
		return errors.New("--nats-cert and --nats-key belong together: give both")
	case o.replicas < 1 || o.replicas > maxReplicas:
		return fmt.Errorf("--nats-replicas must be between 1 and %d, not %d", maxReplicas, o.replicas)
	case o.maxBytes != maxBytesAuto && o.maxBytes < minMaxBytes:
		return fmt.Errorf("--nats-max-bytes must be at least 64MiB, not %v", &o.maxBytes)
	}
	for _, address := range o.nats {
		if err := checkServer("nats", address, "nats", "tls"); err != nil {
			return err
		}
	}
	for _, address := range o.monitors {
		if err := checkServer("nats-monitor", address, "http", "https"); err != nil {
			return err
		}
	}
	return nil
}

// checkUnused returns an error if a flag was given that is for --nats alone.
func (o *clusterOptions) checkUnused() (err error) {
	o.set.VisitAll(func(f *pflag.Flag) {
		if f.Changed && err == nil {
			err = fmt.Errorf("--%s is for a chat on several machines: add --nats URL", f.Name)
		}
	})
	return err
}

// checkServer returns an error unless an address is a URL of one of the schemes. The URL may
// have neither a user, whose password or token others would read in the list of processes,
// nor a path.
func checkServer(flag, address string, schemes ...string) error {
	u, err := url.Parse(address)
	switch {
	case err == nil && u.User != nil:
		return fmt.Errorf("--%s takes no password, which the list of processes would show: --nats-creds FILE or --nats-cert FILE says who chatd is", flag)
	case err != nil, !slices.Contains(schemes, u.Scheme), u.Hostname() == "", u.Path != "" && u.Path != "/", u.RawQuery != "", u.Fragment != "":
		return fmt.Errorf("--%s: use %s://host:port or %s://host:port", flag, schemes[0], schemes[1])
	}
	return nil
}
