package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Chats on several machines are measured on a nats-server of the version that the tests of the log
// embed, each for a moment.
func TestBenchmarksOfClusters(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "nats-server.exe") // which Windows wants
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/nats-io/nats-server/v2").CombinedOutput(); err != nil {
		t.Fatalf("building nats-server: %v\n%s", err, out)
	}
	var stdout, stderr bytes.Buffer
	args := strings.Fields("--servers jetstream,cluster1,cluster3 --rounds 1 --posters 3 --posters-per-room 2 --seconds 0.1 posts delivery")
	if code := run(append(args, "--nats-server", program, "--dir", dir), &stdout, &stderr); code != exitOK {
		t.Errorf("it ended with %d", code)
	}
	results := read(t, stdout.String())
	for name, units := range map[string]string{"Posts/posters=3": "posts/s p50-sec p99-sec cpu-sec/post", "Delivery/posters=3": "posts/s p50-sec p99-sec cpu-sec/post delivered-p50-sec delivered-p99-sec"} {
		for _, server := range []string{"jetstream", "cluster1", "cluster3"} {
			if want := fmt.Sprintf("%s/server=%s %s\n", name, server, units); !strings.Contains(results, want) {
				t.Errorf("there is no %q", want)
			}
		}
	}
	if t.Failed() {
		t.Logf("%s%s", stdout.String(), stderr.String())
	}
}
