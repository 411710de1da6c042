package metrics

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"linechat/chatd/internal/server"
)

// Stats returns the same figures as Handler, for STATS; of Go itself it returns a few alone,
// and of a histogram the bounds that half of the samples and 99 of 100 are within.
func (m *Metrics) Stats() ([]server.Stat, error) {
	families, err := m.registry.Gather()
	if err != nil {
		return nil, fmt.Errorf("gathering the metrics: %w", err)
	}
	var stats []server.Stat
	for _, family := range families {
		name := family.GetName()
		if strings.HasPrefix(name, "go_") && name != "go_goroutines" {
			continue
		}
		for _, metric := range family.GetMetric() {
			stats = append(stats, statsOf(name, metric)...)
		}
	}
	return stats, nil
}

// statsOf returns the figures of one metric.
func statsOf(name string, m *dto.Metric) []server.Stat {
	labels := labelsOf(m)
	switch {
	case m.Gauge != nil:
		return []server.Stat{{Name: name + labels, Value: number(m.Gauge.GetValue())}}
	case m.Counter != nil:
		return []server.Stat{{Name: name + labels, Value: number(m.Counter.GetValue())}}
	case m.Histogram != nil:
		h := m.Histogram
		return []server.Stat{
			{Name: name + "_count" + labels, Value: number(float64(h.GetSampleCount()))},
			{Name: name + "_sum" + labels, Value: number(h.GetSampleSum())},
			{Name: name + "_p50" + labels, Value: number(atMost(h, 0.5))},
			{Name: name + "_p99" + labels, Value: number(atMost(h, 0.99))},
		}
	}
	return nil
}

// atMost returns the least bound of a histogram that this share of its samples is within, 0
// if there are none.
func atMost(h *dto.Histogram, share float64) float64 {
	all := float64(h.GetSampleCount())
	if all == 0 {
		return 0
	}
	for _, b := range h.GetBucket() {
		if float64(b.GetCumulativeCount()) >= share*all {
			return b.GetUpperBound()
		}
	}
	return math.Inf(1)
}

func labelsOf(m *dto.Metric) string {
	var pairs []string
	for _, pair := range m.GetLabel() {
		pairs = append(pairs, fmt.Sprintf("%s=%q", pair.GetName(), strings.ReplaceAll(pair.GetValue(), " ", "_")))
	}
	if pairs == nil {
		return ""
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
