package metrics

import (
	"time"

	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/server"
	"linechat/chatd/proto"
)

var (
	_ server.Meter    = (*Metrics)(nil)
	_ hub.Meter       = (*Metrics)(nil)
	_ sqlite.Meter    = (*Metrics)(nil)
	_ listener.Meter  = (*Metrics)(nil)
	_ jetstream.Meter = (*Metrics)(nil)
)

// ConnectionRefused implements server.Meter and listener.Meter.
func (m *Metrics) ConnectionRefused(limit string) {
	m.refusedConnections.WithLabelValues(limit).Inc()
}

// SessionEnded implements server.Meter.
func (m *Metrics) SessionEnded(reason string) { m.ends.WithLabelValues(reason).Inc() }

// CommandRefused implements server.Meter.
func (m *Metrics) CommandRefused(verb string, code proto.Code) {
	m.refusals.WithLabelValues(verb, string(code)).Inc()
}

// InputSlowed implements server.Meter.
func (m *Metrics) InputSlowed() { m.slowed.Inc() }

// SearchDone implements server.Meter.
func (m *Metrics) SearchDone(took time.Duration) { m.search.Observe(took.Seconds()) }

// PostsPublished implements hub.Meter.
func (m *Metrics) PostsPublished(posts, members int, took time.Duration) {
	m.posts.Add(float64(posts))
	m.deliveries.Add(float64(posts * members))
	m.fanOut.Observe(took.Seconds())
}

// CommitDone implements sqlite.Meter.
func (m *Metrics) CommitDone(posts int, took time.Duration, err error) {
	if err != nil {
		m.failedCommits.Inc()
		return
	}
	m.commits.Observe(took.Seconds())
	if posts > 0 {
		m.batchPosts.Observe(float64(posts))
	}
}

// RecordDecided implements jetstream.Meter.
func (m *Metrics) RecordDecided(changes int, took time.Duration) {
	m.verdict.Observe(took.Seconds())
	m.recordChanges.Observe(float64(changes))
}

// HandshakeDone implements listener.Meter.
func (m *Metrics) HandshakeDone(door string, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	m.handshakes.WithLabelValues(door, result).Observe(took.Seconds())
}

// PasswordHashed is for account.Accounts.Measure.
func (m *Metrics) PasswordHashed(took time.Duration) { m.hash.Observe(took.Seconds()) }
