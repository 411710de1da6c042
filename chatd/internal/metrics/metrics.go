// Package metrics has what chatd counts and measures, for Prometheus and for STATS. No
// label is a room, a nick or an address.
package metrics

import (
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are all that one chatd has. It implements the Meters of server, hub, sqlite and
// listener. Its methods may be called from any goroutine.
type Metrics struct {
	registry *prometheus.Registry

	posts, deliveries, slowed     prometheus.Counter
	commits, fanOut, search, hash prometheus.Histogram
	batchPosts                    prometheus.Histogram
	verdict, recordChanges        prometheus.Histogram
	failedCommits                 prometheus.Counter
	handshakes                    *prometheus.HistogramVec
	refusedConnections, refusals  *prometheus.CounterVec
	ends                          *prometheus.CounterVec
}

// New returns metrics that nothing was counted in yet.
func New() *Metrics {
	m := &Metrics{
		registry:           prometheus.NewRegistry(),
		posts:              newCounter("chatd_posts_total", "Posts that were stored and published."),
		deliveries:         newCounter("chatd_deliveries_total", "Posts, one for each member that they were published to."),
		slowed:             newCounter("chatd_slowed_total", "How often input was read more slowly, because it came above the rates."),
		failedCommits:      newCounter("chatd_failed_commits_total", "Transactions of the store that failed."),
		commits:            newHistogram("chatd_commit_seconds", "Time of transactions of the store, each with its sync.", seconds(100*time.Microsecond, 10*time.Second)),
		batchPosts:         newHistogram("chatd_commit_posts", "Posts of one transaction.", prometheus.ExponentialBuckets(1, 4, 7)),
		verdict:            newHistogram("chatd_log_verdict_seconds", "Time from when a record is published until it is applied, in a chat on several machines.", seconds(100*time.Microsecond, 100*time.Second)),
		recordChanges:      newHistogram("chatd_log_record_changes", "Changes of one such record.", prometheus.ExponentialBuckets(1, 4, 6)),
		fanOut:             newHistogram("chatd_fan_out_seconds", "Time from when posts of a room are stored until its members are woken.", seconds(10*time.Microsecond, time.Second)),
		search:             newHistogram("chatd_search_seconds", "Time of searches.", seconds(time.Millisecond, 10*time.Second)),
		hash:               newHistogram("chatd_hash_seconds", "Time of hashing a password.", seconds(10*time.Millisecond, 10*time.Second)),
		handshakes:         prometheus.NewHistogramVec(histogram("chatd_handshake_seconds", "Time of handshakes of TLS and SSH, with what a user is asked meanwhile.", seconds(time.Millisecond, 100*time.Second)), []string{"door", "result"}),
		refusals:           newCounterVec("chatd_refusals_total", "Commands that were answered with ERR.", "verb", "code"),
		refusedConnections: newCounterVec("chatd_refused_connections_total", "Connections that were refused, by which limit was met: that of all, of an address, or of memory.", "limit"),
		ends:               newCounterVec("chatd_ends_total", "Sessions that have ended, by the reason.", "reason"),
	}
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build(),
		m.posts, m.deliveries, m.slowed, m.failedCommits, m.commits, m.batchPosts, m.verdict, m.recordChanges, m.fanOut, m.search, m.hash, m.handshakes,
		m.refusals, m.refusedConnections, m.ends)
	return m
}

// Read has the sources read as well, whenever somebody asks for the metrics. It is to be
// called once.
func (m *Metrics) Read(sources Sources) { m.registry.MustRegister(sources) }

func newCounter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
}

func newCounterVec(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
}

func newHistogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(histogram(name, help, buckets))
}

func histogram(name, help string, buckets []float64) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}
}

// seconds returns the buckets of a time: 1, 2 and 5 of each power of ten between two of them.
func seconds(min, max time.Duration) (bounds []float64) {
	for b := min; b < max; b *= 10 {
		bounds = append(bounds, b.Seconds(), (2 * b).Seconds(), (5 * b).Seconds())
	}
	return append(bounds, max.Seconds())
}

// build returns a metric of the value 1 that says what is running.
func build() prometheus.Collector {
	labels := prometheus.Labels{"version": "devel", "revision": "unknown", "goversion": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		labels["version"] = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				labels["revision"] = s.Value
			}
		}
	}
	g := prometheus.NewGauge(prometheus.GaugeOpts{Name: "chatd_build_info", Help: "What is running; the value is 1.", ConstLabels: labels})
	g.Set(1)
	return g
}
