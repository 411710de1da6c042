package jetstream

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane/machine"
)

// A Cluster is a connection to the nats-servers of a chat, whose stream has been checked.
type Cluster struct {
	config Config
	conn   *nats.Conn
	next   destination
	stream js.Stream
	chat   [16]byte      // which chat it is
	stale  time.Duration // staleTime, but in tests
}

// connectRetry is how long nats-servers that do not answer, or have no leader yet, are left
// alone.
const connectRetry = 500 * time.Millisecond

// A refusal is an error that trying again does not mend.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func refuse(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

// Connect connects to the nats-servers and opens the stream, which is made if there is none. It
// tries until ctx is done, unless what it finds is of no use: an error says what to do.
func Connect(ctx context.Context, config Config) (*Cluster, error) {
	for said := false; ; said = true {
		c, err := config.connect(ctx)
		var r refusal
		switch {
		case err == nil:
			return c, nil
		case errors.As(err, &r):
			return nil, r.error
		case !said:
			config.Log.Warn("waiting for the nats-servers", "servers", strings.Join(config.URLs, ","), "err", err)
		}
		select {
		case <-time.After(connectRetry):
		case <-ctx.Done():
			return nil, fmt.Errorf("the nats-servers %s are of no use yet: %w", strings.Join(config.URLs, ", "), err)
		}
	}
}

// connect is one try of Connect.
func (c *Config) connect(ctx context.Context) (*Cluster, error) {
	cluster := &Cluster{config: *c, stale: staleTime}
	conn, err := nats.Connect(strings.Join(c.URLs, ","), append(c.options(), nats.ReconnectToServer(cluster.next.choose))...)
	if err != nil {
		return nil, err
	}
	cluster.conn = conn
	if err := cluster.open(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	c.Log.Info("connected to nats-server", "server", conn.ConnectedUrlRedacted(), "version", conn.ConnectedServerVersion())
	return cluster, nil
}

func (c *Cluster) open(ctx context.Context) error {
	if err := checkVersion(c.conn.ConnectedServerVersion()); err != nil {
		return refusal{err}
	}
	if max := c.conn.MaxPayload(); max < maxRecord {
		return refuse("the nats-servers take messages of %d bytes, and chatd needs %d: set max_payload: 1MB in their configuration", max, maxRecord)
	}
	if err := c.config.checkSync(ctx); err != nil {
		return err
	}
	servers, err := js.New(c.conn)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, timeLimit)
	defer cancel()
	if c.stream, err = c.config.openStream(ctx, servers); err != nil {
		return err
	}
	id, err := hex.DecodeString(c.stream.CachedInfo().Config.Metadata[clusterKey])
	if err != nil || copy(c.chat[:], id) != len(c.chat) {
		return refuse("the stream %s does not say which chat it is: its metadata has %s %x; remove the stream if it is not needed, or give chatd a NATS account of its own", streamName, clusterKey, id)
	}
	return nil
}

// positions are those of the first and the last record that the stream has, first = last+1 if
// it has none.
type positions struct{ first, last uint64 }

// positions asks the stream's leader.
func (c *Cluster) positions(ctx context.Context) (positions, error) {
	info, err := c.stream.Info(ctx)
	if err != nil {
		return positions{}, err
	}
	if info.Config.Metadata[clusterKey] != hex.EncodeToString(c.chat[:]) {
		return positions{}, errReset
	}
	state := info.State
	return positions{max(state.FirstSeq, 1), state.LastSeq}, nil
}

// follows returns the positions of the stream if it goes on from a copy.
func (c *Cluster) follows(ctx context.Context, s *machine.State) (at positions, err error) {
	for until := time.Now().Add(c.stale); ; {
		if at, err = c.positions(ctx); err == nil {
			err = c.checkCopy(s, at)
		}
		if !errors.Is(err, errReset) || time.Now().After(until) {
			return at, err
		}
		select {
		case <-time.After(connectRetry):
		case <-ctx.Done():
			return at, err
		}
	}
}

// Close closes the connection. Logs that use it are to be closed before.
func (c *Cluster) Close() { c.conn.Close() }
