package jetstream

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

// Config says how a chatd takes part in a chat of several machines.
type Config struct {
	URLs  []string // of the nats-servers, which are tried in random order
	Creds string   // file with the credentials of a NATS user; "": none
	CA    string   // PEM file of who signs the servers' certificates; "": the system's
	Cert  string   // PEM file of the certificate to show the servers; "": none
	Key   string   // and of its key

	// Replicas is how many servers keep the stream: it is made with that many, and one that has
	// fewer is refused. 0: 3.
	Replicas int
	// MaxBytes is how large the stream may become: it is made with that limit, and one with
	// another is refused. 0: 10 GiB, or whatever the stream has.
	MaxBytes int64
	// Monitors are the base URLs of the servers' monitoring, which tells their sync_interval.
	// Without one it is not checked, and a warning says so.
	Monitors []string

	Log *slog.Logger
}

const (
	defaultReplicas = 3
	defaultMaxBytes = 10 << 30
)

func (c *Config) replicas() int {
	if c.Replicas == 0 {
		return defaultReplicas
	}
	return c.Replicas
}

func (c *Config) maxBytes() int64 {
	if c.MaxBytes == 0 {
		return defaultMaxBytes
	}
	return c.MaxBytes
}

// How the connection finds out that it is broken, and is made again. Nothing is kept for a
// server while there is none: whoever publishes must know what was not sent.
const (
	dialTimeout    = 2 * time.Second
	pingInterval   = time.Second
	maxPingsOut    = 2
	reconnectWait  = 250 * time.Millisecond
	maxJitter      = 100 * time.Millisecond // of that
	noReconnectBuf = -1
)

// options returns the options of the connection.
func (c *Config) options() []nats.Option {
	opts := []nats.Option{
		nats.Name("chatd"), nats.Timeout(dialTimeout), nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(maxPingsOut),
		nats.MaxReconnects(-1), nats.ReconnectWait(reconnectWait), nats.ReconnectJitter(maxJitter, maxJitter), nats.ReconnectBufSize(noReconnectBuf), nats.SetCustomDialer(dialer{context.Background()}), nats.IgnoreAuthErrorAbort(),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: by Close
				c.Log.Warn("disconnected from nats-server", "err", err)
			}
		}),
		nats.ReconnectHandler(func(conn *nats.Conn) {
			c.Log.Info("connected to nats-server again", "server", conn.ConnectedUrlRedacted())
		}),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			if sub == nil || err != nats.ErrSlowConsumer { // whoever reads fetches what was dropped
				c.Log.Error("nats-server reports an error", "err", err)
			}
		}),
	}
	if c.Creds != "" {
		opts = append(opts, nats.UserCredentials(c.Creds))
	}
	if c.CA != "" {
		opts = append(opts, nats.RootCAs(c.CA))
	}
	if c.Cert != "" {
		opts = append(opts, nats.ClientCert(c.Cert, c.Key))
	}
	return opts
}

// minMajor and minMinor are the first version of nats-server whose replicated streams are both
// fast and safe with sync_interval: always.
const minMajor, minMinor = 2, 15

// checkVersion refuses a nats-server that is too old.
func checkVersion(version string) error {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return fmt.Errorf("nats-server has version %q, which is not understood: chatd needs %d.%d or later", version, minMajor, minMinor)
	}
	if major < minMajor || major == minMajor && minor < minMinor {
		return fmt.Errorf("nats-server has version %s, and chatd needs %d.%d or later: upgrade the servers one at a time", version, minMajor, minMinor)
	}
	return nil
}
