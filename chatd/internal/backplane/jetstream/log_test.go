package jetstream_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/backplane/jetstream/natstest"
	"linechat/chatd/internal/backplane/logtest"
)

// connect connects to servers of a test.
func connect(t testing.TB, servers natstest.Servers) *jetstream.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c, err := jetstream.Connect(ctx, jetstream.Config{
		URLs: servers.URLs(), Replicas: len(servers), MaxBytes: 16 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// open opens a log on a copy.
func open(t testing.TB, c *jetstream.Cluster, copy jetstream.Copy) *jetstream.Log {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	l, err := c.Open(ctx, copy, jetstream.Options{MaxRooms: 100})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLog tests the log on one nats-server, and on three.
func TestLog(t *testing.T) {
	for name, n := range map[string]int{"one server": 1, "three servers": 3} {
		t.Run(name, func(t *testing.T) {
			logtest.Test(t, func(t *testing.T) logtest.Machine {
				copy := newMemoryCopy()
				return logtest.Machine{Log: open(t, connect(t, natstest.Run(t, n)), copy), Rooms: copy.rooms, Accounts: copy.accounts}
			})
		})
	}
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
