package metrics

import (
	"encoding/binary"

	"github.com/prometheus/client_golang/prometheus"

	"linechat/chatd/internal/backplane/jetstream"
)

func collectLog(to chan<- prometheus.Metric, f jetstream.Figures) {
	gauge(to, "chatd_log_machines", "Machines that take part in the chat.", float64(f.Machines))
	gauge(to, "chatd_log_applied", "Position in the log of the last record that this machine has applied.", float64(f.Applied))
	gauge(to, "chatd_log_stored", "Position of the last record that this machine's disk has been given: a moment behind what is applied.", float64(f.Stored))
	gauge(to, "chatd_log_hash", "The first 48 bits of the hash of what the log has made of the chat there: a number that all machines share at one position.", hashNumber(f.Hash[:]))
	gauge(to, "chatd_log_behind_seconds", "How much older that record is than the newest one that is known of.", f.Behind.Seconds())
	gauge(to, "chatd_log_last_record_seconds", "When that record was applied, in Unix time.", float64(f.LastDelivery.UnixMilli())/1000)
	counter(to, "chatd_log_time_seconds_total", "How long the log has run, without outages: the time by which machines are taken for gone.", f.LogTime.Seconds())
	counter(to, "chatd_log_repeats_total", "Records that this machine has published again.", float64(f.Repeats))
	counter(to, "chatd_log_filled_total", "Records that this machine has fetched, because they were not delivered.", float64(f.Filled))
	for outcome, n := range map[string]uint64{"dup": f.Dup, "hole": f.Hole, "fenced": f.Fenced} {
		counter(to, "chatd_log_void_records_total", "Records of the log that count as nothing: repeated, after one that is missing, or of a machine that was taken for gone.", float64(n), "outcome", outcome)
	}
}

// hashNumber returns as much of a hash as a float64 has without rounding.
func hashNumber(hash []byte) float64 { return float64(binary.BigEndian.Uint64(hash) >> 16) }
