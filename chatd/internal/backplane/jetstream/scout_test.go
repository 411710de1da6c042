package jetstream

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	js "github.com/nats-io/nats.go/jetstream"

	"linechat/chatd/internal/backplane/jetstream/natstest"
)

// TestScout has a machine be connected to a server that does not reach the stream's leader, and
// go on at one that does.
func TestScout(t *testing.T) {
	t.Parallel()
	alone, others := natstest.Run(t, 1), natstest.Run(t, 3)
	c := &Cluster{config: Config{URLs: append(alone.URLs(), others.URLs()...), MaxBytes: 1 << 20, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}}
	conn, err := nats.Connect(strings.Join(c.config.URLs, ","), append(c.config.options(), nats.DontRandomize(), nats.ReconnectToServer(c.next.choose))...)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c.conn = conn
	if at := conn.ConnectedUrl(); at != alone.URLs()[0] {
		t.Fatalf("connected to %s", at)
	}
	found := make(chan sighting, 1)
	servers, err := nats.Connect(others.URLs()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer servers.Close()
	stream, err := js.New(servers)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.CreateStream(t.Context(), c.config.settings()); err != nil {
		t.Fatal(err)
	}
	c.scout(t.Context(), found)
	s := <-found
	if s.url == "" || s.url == alone.URLs()[0] {
		t.Fatalf("a server that does not reach the leader is found: %+v", s)
	}
	connected := conn.StatusChanged(nats.CONNECTED)
	c.moveTo(s.url)
	<-connected
	if at := conn.ConnectedUrl(); at != s.url {
		t.Errorf("connected to %s, want %s", at, s.url)
	}
	c.scout(t.Context(), found)
	if s := <-found; s.url != "" {
		t.Errorf("%s is found where this one reaches the leader", s.url)
	}
}

// TestLeaderHasMost tells a leader from one that is cut off.
func TestLeaderHasMost(t *testing.T) {
	t.Parallel()
	well, gone := &js.PeerInfo{Active: time.Second}, &js.PeerInfo{Active: heardWithin}
	down := &js.PeerInfo{Offline: true}
	for name, test := range map[string]struct {
		replicas []*js.PeerInfo
		want     bool
	}{
		"alone":             {nil, true},
		"both are well":     {[]*js.PeerInfo{well, well}, true},
		"one is gone":       {[]*js.PeerInfo{gone, well}, true},
		"both are gone":     {[]*js.PeerInfo{gone, down}, false},
		"two of four":       {[]*js.PeerInfo{well, gone, down, well}, true},
		"three of four":     {[]*js.PeerInfo{well, gone, down, gone}, false},
		"the only other is": {[]*js.PeerInfo{gone}, false},
	} {
		if got := hasMost(&js.ClusterInfo{Leader: "n1", Replicas: test.replicas}); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if hasMost(&js.ClusterInfo{Replicas: []*js.PeerInfo{well, well}}) {
		t.Error("a replica answers, where nobody leads")
	}
	if !hasMost(nil) {
		t.Error("a server that is no cluster's has no replicas")
	}
}
