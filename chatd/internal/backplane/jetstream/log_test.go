package jetstream_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/logtest"
	"linechat/chatd/internal/history/sqlite"
)

// config returns how the machines of a test connect.
func config(t testing.TB, servers natstest.Servers) jetstream.Config {
	return jetstream.Config{URLs: servers.URLs(), Replicas: len(servers), MaxBytes: 16 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

// connect connects to the servers of a test.
func connect(t testing.TB, servers natstest.Servers) *jetstream.Cluster {
	t.Helper()
	c, err := tryConnect(t, config(t, servers))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tryConnect(t testing.TB, config jetstream.Config) (*jetstream.Cluster, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := jetstream.Connect(ctx, config)
	if err == nil {
		t.Cleanup(c.Close)
	}
	return c, err
}

// open opens a log on a copy.
func open(t testing.TB, c *jetstream.Cluster, copy jetstream.Copy) *jetstream.Log {
	t.Helper()
	l, err := tryOpen(t, c, copy, options)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func tryOpen(t testing.TB, c *jetstream.Cluster, copy jetstream.Copy, options jetstream.Options) (*jetstream.Log, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return c.Open(ctx, copy, options)
}

var options = jetstream.Options{Limits: backplane.Limits{MaxRooms: 100}}

// TestLog tests the log on one nats-server, with a copy in memory, and on three with one on disk.
func TestLog(t *testing.T) {
	one, three := natstest.Run(t, 1), natstest.Run(t, 3)
	t.Run("one server", func(t *testing.T) {
		logtest.Test(t, func(t *testing.T) logtest.Machine {
			copy := newMemoryCopy()
			return logtest.Machine{Log: open(t, connectAnew(t, one), copy), Rooms: settledRooms{copy.rooms, copy}, Accounts: settledAccounts{copy.accounts, copy}}
		})
	})
	t.Run("three servers", func(t *testing.T) {
		logtest.Test(t, func(t *testing.T) logtest.Machine {
			store := openStore(t)
			return logtest.Machine{Log: open(t, connectAnew(t, three), store.Copy()), Rooms: store, Accounts: store}
		})
	})
}

// connectAnew connects to servers whose stream, if there is one, is of no use any more.
func connectAnew(t *testing.T, servers natstest.Servers) *jetstream.Cluster {
	t.Helper()
	if err := stream(t, servers).DeleteStream(t.Context(), "chat"); err != nil && !errors.Is(err, js.ErrStreamNotFound) {
		t.Fatal(err)
	}
	return connect(t, servers)
}

// openStore opens a store that is closed after the logs of the test.
func openStore(t testing.TB) *sqlite.Store {
	t.Helper()
	store, err := sqlite.Open(t.TempDir(), sqlite.Config{Shared: true, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return store
}

// publish publishes to the log what no chatd would.
func publish(t *testing.T, servers natstest.Servers, record string) {
	t.Helper()
	conn, err := nats.Connect(servers.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Request("chat.log", []byte(record), time.Minute); err != nil {
		t.Fatal(err)
	}
}
