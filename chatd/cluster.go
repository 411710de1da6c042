package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/internal/private"
)

// A sharedLog is this machine's part in a chat on several: its copy, and the log that it
// follows. Its Close leaves the copy open.
type sharedLog struct {
	*jetstream.Log
	servers *jetstream.Cluster
	store   *sqlite.Store
}

// A sharing says how a machine takes part.
type sharing struct {
	dir     string // of the copy
	store   sqlite.Config
	servers jetstream.Config
	log     jetstream.Options
}

// config returns what the flags say of the nats-servers.
func (o *clusterOptions) config(log *slog.Logger) jetstream.Config {
	return jetstream.Config{
		URLs: o.nats, Creds: o.creds, CA: o.ca, Cert: o.cert, Key: o.key,
		Replicas: o.replicas, MaxBytes: max(0, int64(o.maxBytes)), Monitors: o.monitors, Log: log,
	}
}

// openShared opens the store of a chat on several machines, and its log.
func (d *daemon) openShared(ctx context.Context, config sqlite.Config) error {
	o := d.options
	l, err := sharing{o.data, config, o.cluster.config(d.log), jetstream.Options{Limits: o.sharedLimits(), Meter: d.metrics}}.open(ctx)
	if err != nil {
		return err
	}
	d.store, d.changes = l.store, l
	d.log.Info("keeping a copy of the rooms", "data", o.data, "max_store_bytes", l.store.MaxStore())
	return nil
}

// sharedLimits are those that hold for the whole chat.
func (o *options) sharedLimits() backplane.Limits {
	limits := backplane.Limits{MaxRooms: uint64(o.maxRooms)}
	if o.rate > 0 {
		limits.CreatesPerHour, limits.RegistersPerHour = uint64(o.origins.createsPerHour), uint64(o.origins.registersPerHour)
	}
	return limits
}

// open connects to the nats-servers, and returns when the copy is level with the log. Until
// ctx is done it waits for servers that are not there.
func (s sharing) open(ctx context.Context) (*sharedLog, error) {
	servers, err := jetstream.Connect(ctx, s.servers)
	if err != nil {
		return nil, err
	}
	l := &sharedLog{servers: servers}
	err = s.follow(ctx, l)
	if errors.Is(err, jetstream.ErrCopyNeeded) {
		if failed := s.fetch(ctx, servers); failed != nil {
			err = fmt.Errorf("%w; taking a copy from another machine: %w", err, failed)
		} else {
			err = s.follow(ctx, l)
		}
	}
	if err != nil {
		servers.Close()
		return nil, err
	}
	return l, nil
}

// follow opens the copy and the log.
func (s sharing) follow(ctx context.Context, l *sharedLog) (err error) {
	s.store.Shared = true
	if l.store, err = sqlite.Open(s.dir, s.store); err != nil {
		return fmt.Errorf("%w (--data chooses another directory)", err)
	}
	s.log.Snapshot = l.store.Copy().Snapshot
	if l.Log, err = l.servers.Open(ctx, l.store.Copy(), s.log); err != nil {
		return errors.Join(err, l.store.Close())
	}
	return nil
}

// fetch takes the copy of another machine, if there is none here.
func (s sharing) fetch(ctx context.Context, servers *jetstream.Cluster) error {
	log := s.servers.Log
	log.Info("taking a copy from another machine", "data", s.dir)
	report, err := offline.Restore(ctx, s.dir, private.Log(log), func(w io.Writer) error { return servers.Fetch(ctx, w) }, nil)
	if err != nil {
		return err
	}
	log.Info("took a copy from another machine", "rooms", report.Rooms, "posts", report.Posts)
	return nil
}

// Close implements backplane.Log.
func (l *sharedLog) Close() error {
	defer l.servers.Close()
	return l.Log.Close()
}
