package metrics

import (
	"fmt"
	"strconv"
	"strings"

	dto "github.com/prometheus/client_model/go"

	"linechat/chatd/internal/server"
)

// Stats returns the same figures as Handler, for STATS; of Go itself it returns a few alone.
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
	}
	return nil
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
