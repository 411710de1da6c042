package jetstream_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/backplane/jetstream/natstest"
)

// refused demands that an error says all that.
func refused(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, want := range words {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

// TestStreamsThatAreRefused changes one setting of the stream at a time.
func TestStreamsThatAreRefused(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	connect(t, servers)
	behind := stream(t, servers)
	made, err := behind.Stream(t.Context(), "chat")
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*js.StreamConfig){
		"subjects are [chat.log other]":                               func(c *js.StreamConfig) { c.Subjects = append(c.Subjects, "other") },
		"storage is memory":                                           func(c *js.StreamConfig) { c.Storage = js.MemoryStorage },
		"retention is WorkQueue":                                      func(c *js.StreamConfig) { c.Retention = js.WorkQueuePolicy },
		"discard is DiscardOld":                                       func(c *js.StreamConfig) { c.Discard = js.DiscardOld },
		"records end by age or number":                                func(c *js.StreamConfig) { c.MaxAge = time.Hour },
		"single records may be deleted":                               func(c *js.StreamConfig) { c.DenyDelete = false },
		"direct access is off":                                        func(c *js.StreamConfig) { c.AllowDirect = false },
		"records are not republished from chat.log to live.log":       func(c *js.StreamConfig) { c.RePublish.HeadersOnly = true },
		"records may have 1000 bytes":                                 func(c *js.StreamConfig) { c.MaxMsgSize = 1000 },
		"it is no chat's":                                             func(c *js.StreamConfig) { c.Metadata = nil },
		"its limit is 1000000 bytes, not 16777216 (--nats-max-bytes)": func(c *js.StreamConfig) { c.MaxBytes = 1000000 },
	} {
		changed := made.CachedInfo().Config
		republish := *changed.RePublish
		changed.RePublish = &republish
		change(&changed)
		if err := behind.DeleteStream(t.Context(), "chat"); err != nil {
			t.Fatal(err)
		}
		if _, err := behind.CreateStream(t.Context(), changed); err != nil {
			t.Fatal(want, err)
		}
		_, err := tryConnect(t, config(t, servers))
		refused(t, err, want, "nats stream edit chat")
	}
}

// TestTooFewReplicas asks for more copies than the stream has.
func TestTooFewReplicas(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	connect(t, servers)
	more := config(t, servers)
	more.Replicas = 0
	_, err := tryConnect(t, more)
	refused(t, err, "it has 1 replicas, not 3", "--nats-replicas")
}

// TestServersThatSyncLater asks the monitoring of servers what they promise.
func TestServersThatSyncLater(t *testing.T) {
	t.Parallel()
	for name, always := range map[string]bool{"always": true, "later": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := natstest.Run(t, 1, func(o *server.Options) { o.SyncAlways = always })
			asked := config(t, servers)
			asked.Monitors = []string{"http://" + servers[0].MonitorAddr().String() + "/"}
			_, err := tryConnect(t, asked)
			if always && err != nil {
				t.Error(err)
			}
			if !always {
				refused(t, err, "sync_interval: always", asked.Monitors[0])
			}
		})
	}
}

// TestMonitorThatDoesNotAnswer is no reason not to start, for its server may be away; but one
// must answer.
func TestMonitorThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := "http://" + closed.Addr().String()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	asked := config(t, servers)
	asked.Monitors = []string{dead, servers.Monitors()[0]}
	if _, err := tryConnect(t, asked); err != nil {
		t.Errorf("beside one that answers: %v", err)
	}
	asked.Monitors = []string{dead}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = jetstream.Connect(ctx, asked)
	refused(t, err, dead)
}

// TestServersThatDoNotAnswer are waited for until there is no more time.
func TestServersThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	servers.Stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := jetstream.Connect(ctx, config(t, servers))
	refused(t, err, servers.URLs()[0], "no servers available")
}

// TestCopyOfAnotherChat opens a copy of one chat on the servers of another.
func TestCopyOfAnotherChat(t *testing.T) {
	t.Parallel()
	a := join(t, connect(t, natstest.Run(t, 1)), newMemoryCopy())
	a.Close()
	_, err := tryOpen(t, connect(t, natstest.Run(t, 1)), a.copy, options)
	refused(t, err, "is a copy of chat", "--data", "--nats")
}

// TestNoCopyToBeHad has a machine begin after the stream was purged, while no other is there.
func TestNoCopyToBeHad(t *testing.T) {
	t.Parallel()
	servers := natstest.Run(t, 1)
	c := connect(t, servers)
	join(t, c, newMemoryCopy()).Close()
	purge(t, servers, 3)
	_, err := tryOpen(t, c, newMemoryCopy(), options)
	if !errors.Is(err, jetstream.ErrCopyNeeded) {
		t.Errorf("an empty copy of a log whose beginning is purged: %v, want ErrCopyNeeded", err)
	}
	refused(t, c.Fetch(t.Context(), nil), "no other machine", "chatd backup")
}

// purge purges what is before a position of the log.
func purge(t *testing.T, servers natstest.Servers, first uint64) {
	t.Helper()
	s, err := stream(t, servers).Stream(t.Context(), "chat")
	if err == nil {
		err = s.Purge(t.Context(), js.WithPurgeSequence(first))
	}
	if err != nil {
		t.Fatal(err)
	}
}
