package client

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	mathrand "math/rand/v2"
	"net"
	"time"

	"linechat/chatd/proto"
)

// Config says whom to connect to, and as whom. Only Server, or Dial, must be set.
type Config struct {
	// Server is host:port, tls://host:port or unix:///path, or several of these with
	// commas between them, where one chat runs on several machines: the client goes on to
	// another when it loses one. They are tried in an order that Dial draws.
	Server string
	// Nick is the name to take; empty: the guest name that the server gives.
	Nick string
	// Account is the account to log in to with Password, also after a lost connection;
	// empty: none. Its nick is the client's then, and Nick is passed over, as it is when
	// the server logs the client in by a key that TLS proves (protocol.md, "Accounts").
	Account, Password string
	// Key lets the client take its nick back after a lost connection: 1 to 64 characters
	// without blanks (protocol.md, "NICK"); empty: a random one is made.
	// Another client with the same nick and key replaces this one.
	Key string
	// TLS is for tls://; nil: the system's roots. An empty ServerName is the host. The
	// public key of its certificate may be a key of an account.
	TLS *tls.Config
	// Fingerprint is that of the server's certificate, for tls://; empty: TLS says which
	// ones are trusted. With it nothing else of the certificate is checked. Several servers
	// must have certificates of the same key. See [FingerprintOf].
	Fingerprint string
	// DialTimeout is how long Dial tries; 0: 10 seconds; negative: once, of several servers
	// each.
	DialTimeout time.Duration
	// ReconnectTimeout is how long a lost connection is tried again; 0: for ever;
	// negative: not at all.
	ReconnectTimeout time.Duration
	// Dial makes each connection; nil: one to Server. Its context ends when the
	// attempt has taken too long or the client has ended.
	Dial func(context.Context) (net.Conn, error)
	// Log is told of connections that are made and lost, and of nicks and rooms that
	// could not be kept; at level Debug also of the verb of each command and the code
	// of each answer. It never gets a key, or the text of a post or private line.
	// The client waits for its handler, which must not call the client. Nil: no log.
	Log *slog.Logger

	// For tests; nil: what is documented.
	servers []server // as they are tried
	pause   func(failed int) time.Duration
	limits  limits
}

// Timeouts and intervals.
const (
	attemptTimeout     = 10 * time.Second // one attempt, up to the nick
	defaultDialTimeout = 10 * time.Second
	closeTimeout       = 2 * time.Second  // Close waits for BYE
	pingInterval       = 30 * time.Second // without a byte: PING; as long again, or twice as long without an answer: the connection is lost
	retakeInterval     = 20 * time.Second // a nick that is in use is asked for again
	onceLifetime       = 9 * time.Minute  // in which a post may be sent again; the server remembers keys for ten
)

// The pauses between attempts to connect.
const (
	minPause   = 200 * time.Millisecond
	firstPause = time.Second // at most
	maxPause   = 15 * time.Second
)

// backoff returns how long to wait after so many attempts have failed, at least
// one. It is random from minPause up, because after a restart many clients come
// back at once.
func backoff(failed int) time.Duration {
	limit := min(firstPause<<min(failed-1, 10), maxPause)
	return minPause + mathrand.N(limit-minPause)
}

// prepare checks c and fills in what is empty. ErrConfig, or a *proto.Error for
// a bad nick or key.
func (c *Config) prepare() error {
	if c.Nick != "" {
		if _, err := proto.ParseNick(c.Nick); err != nil {
			return err
		}
	}
	if err := c.checkLogin(); err != nil {
		return err
	}
	if c.Key == "" {
		c.Key = rand.Text()
	}
	if _, err := newRequest(proto.Command{Verb: "NICK", Words: []string{"nick", c.Key}}); err != nil {
		return fmt.Errorf("%w: Key: %w", ErrConfig, err)
	}
	if c.DialTimeout == 0 {
		c.DialTimeout = defaultDialTimeout
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.pause == nil {
		c.pause = backoff
	}
	if c.limits == (limits{}) {
		c.limits = defaultLimits
	}
	return c.prepareServers()
}

// milliseconds returns n milliseconds, or the longest duration where that is too short.
func milliseconds(n uint64) time.Duration {
	return time.Duration(min(n, uint64(math.MaxInt64/time.Millisecond))) * time.Millisecond
}
