package client

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// keepAlive has a peer noticed that is gone without a word.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 20 * time.Second, Interval: 10 * time.Second, Count: 3}

// prepareDial sets Dial, if it is nil, to what connects to the server. ErrConfig.
func (c *Config) prepareDial() error {
	scheme, address, found := strings.Cut(c.Server, "://")
	if !found {
		scheme, address = "tcp", c.Server
	}
	if c.Fingerprint != "" && (scheme != "tls" || c.Dial != nil) {
		return fmt.Errorf("%w: a fingerprint is for a server tls://host:port, and not for %q", ErrConfig, c.Server)
	}
	if c.Dial != nil {
		return nil
	}
	plain := &net.Dialer{KeepAliveConfig: keepAlive}
	_, port, err := net.SplitHostPort(address)
	switch hasPort := err == nil && port != ""; {
	case scheme == "tls" && hasPort:
		config, err := trusting(c.TLS, c.Fingerprint)
		secure := &tls.Dialer{NetDialer: plain, Config: config}
		c.Dial = func(ctx context.Context) (net.Conn, error) {
			conn, err := secure.DialContext(ctx, "tcp", address)
			return conn, refusedInClear(err)
		}
		return err
	case !found && hasPort, scheme == "unix" && address != "":
		c.Dial = func(ctx context.Context) (net.Conn, error) { return plain.DialContext(ctx, scheme, address) }
		return nil
	}
	return fmt.Errorf("%w: the server %q is not host:port, tls://host:port or unix:///path", ErrConfig, c.Server)
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
