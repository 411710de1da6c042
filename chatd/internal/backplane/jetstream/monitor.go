package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// checkSync refuses nats-servers that acknowledge what a power cut would take. One of them has
// to answer; others may be away.
func (c *Config) checkSync(ctx context.Context) error {
	if len(c.Monitors) == 0 {
		c.Log.Warn("it is not known whether the nats-servers sync before they acknowledge; with sync_interval other than always a power cut of all of them loses posts (--nats-monitor http://HOST:8222 has it checked)")
	}
	var unknown []error
	for _, base := range c.Monitors {
		always, err := syncsAlways(ctx, base)
		if err != nil {
			unknown = append(unknown, fmt.Errorf("the monitoring of nats-server at %s: %w", base, err))
		} else if !always {
			return refuse("the nats-server at %s acknowledges before it has synced, and a power cut of all servers would lose posts: set jetstream { sync_interval: always } in its configuration and restart it", base)
		}
	}
	if len(unknown) > 0 && len(unknown) == len(c.Monitors) {
		return unknown[0]
	}
	for _, err := range unknown {
		c.Log.Warn("it is not known whether a nats-server syncs before it acknowledges; chatd asks when it starts", "err", err)
	}
	return nil
}

// syncsAlways asks the monitoring of a nats-server.
func syncsAlways(ctx context.Context, base string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(base, "/")+"/varz", nil)
	if err != nil {
		return false, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("it answers %s", response.Status)
	}
	var varz struct {
		JetStream struct {
			Config *struct {
				SyncAlways bool `json:"sync_always"`
			} `json:"config"`
		} `json:"jetstream"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, response.Body, 1<<20)).Decode(&varz); err != nil {
		return false, err
	}
	if varz.JetStream.Config == nil {
		return false, fmt.Errorf("it says nothing of JetStream: start nats-server with --jetstream")
	}
	return varz.JetStream.Config.SyncAlways, nil
}
