package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// keepAlive has a peer noticed that is gone without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 20 * time.Second, Interval: 10 * time.Second, Count: 3}

// A server is one of those that a client may connect to.
type server struct {
	name string // as it stands in Config.Server
	dial func(context.Context) (net.Conn, error)
}

// names returns the servers of Server.
func (c *Config) names() []string { return strings.Split(c.Server, ",") }

// prepareServers sets servers, if they are nil, to those of Server, in a random order, or
// to the one of Dial. ErrConfig.
func (c *Config) prepareServers() error {
	switch {
	case c.servers != nil:
		return nil
	case c.Dial != nil && c.Fingerprint == "":
		c.servers = []server{{c.Server, c.Dial}}
		return nil
	}
	for _, name := range c.names() {
		dial, err := c.dialer(name)
		if err != nil {
			return err
		}
		c.servers = append(c.servers, server{name, dial})
	}
	rand.Shuffle(len(c.servers), func(i, j int) { c.servers[i], c.servers[j] = c.servers[j], c.servers[i] })
	return nil
}

// dialer returns what connects to a server. ErrConfig.
func (c *Config) dialer(server string) (func(context.Context) (net.Conn, error), error) {
	scheme, address, found := strings.Cut(server, "://")
	if !found {
		scheme, address = "tcp", server
	}
	if c.Fingerprint != "" && (scheme != "tls" || c.Dial != nil) {
		return nil, fmt.Errorf("%w: a fingerprint is for a server tls://host:port, and not for %q", ErrConfig, server)
	}
	plain := &net.Dialer{KeepAliveConfig: keepAlive}
	_, port, err := net.SplitHostPort(address)
	switch hasPort := err == nil && port != ""; {
	case scheme == "tls" && hasPort:
		config, err := trusting(c.TLS, c.Fingerprint)
		secure := &tls.Dialer{NetDialer: plain, Config: config}
		return func(ctx context.Context) (net.Conn, error) {
			conn, err := secure.DialContext(ctx, "tcp", address)
			return conn, refusedInClear(err)
		}, err
	case !found && hasPort, scheme == "unix" && address != "":
		return func(ctx context.Context) (net.Conn, error) { return plain.DialContext(ctx, scheme, address) }, nil
	}
	return nil, fmt.Errorf("%w: the server %q is not host:port, tls://host:port or unix:///path", ErrConfig, server)
}

var errTooMany = errors.New("the server has too many connections, or too many from this address")

// refusedInClear returns what a server means that says BYE too-many in place of a TLS
// handshake (protocol.md, "How a connection ends"): unlike one that speaks no TLS, it is
// tried again. Any other error is returned as it is.
func refusedInClear(err error) error {
	var record tls.RecordHeaderError
	if errors.As(err, &record) && string(record.RecordHeader[:]) == "BYE t" {
		return errTooMany
	}
	return err
}
