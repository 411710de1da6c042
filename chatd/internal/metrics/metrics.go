// Package metrics has what chatd counts and measures, for Prometheus and for STATS. No
// label is a room, a nick or an address.
package metrics

import (
	"runtime"
	"runtime/debug"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are all that one chatd has. Its methods may be called from any goroutine.
type Metrics struct{ registry *prometheus.Registry }

// New returns the metrics of this process, which are read from sources when somebody asks
// for them.
func New(sources Sources) *Metrics {
	m := &Metrics{prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build(),
		sources,
	)
	return m
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
