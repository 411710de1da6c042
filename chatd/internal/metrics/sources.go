package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"linechat/chatd/internal/backplane/jetstream"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/hub"
	"linechat/chatd/internal/server"
)

// Sources are asked for their figures whenever somebody reads the metrics. Those that are nil
// have none.
type Sources struct {
	Server   func() server.Figures
	Hub      func() hub.Figures
	Store    func() sqlite.Figures
	Log      func() jetstream.Figures // of a chat on several machines
	Accounts func(context.Context) (int, error)
	NotAfter func() time.Time // of the certificate of TLS
	Ready    func() error     // why nothing can be posted; see Handler

	MemoryLimit func() int64 // bytes; 0: there is none
}

// accountsTimeout is how long the number of accounts is waited for; without it the other
// figures are given.
const accountsTimeout = time.Second

// Describe implements prometheus.Collector. It says nothing: which metrics there are depends
// on the sources.
func (s Sources) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (s Sources) Collect(to chan<- prometheus.Metric) {
	if s.Server != nil {
		collectServer(to, s.Server())
	}
	if s.Hub != nil {
		collectHub(to, s.Hub())
	}
	if s.Store != nil {
		collectStore(to, s.Store())
	}
	if s.Log != nil {
		collectLog(to, s.Log())
	}
	if s.Accounts != nil {
		ctx, cancel := context.WithTimeout(context.Background(), accountsTimeout)
		defer cancel()
		if n, err := s.Accounts(ctx); err == nil {
			gauge(to, "chatd_accounts", "Accounts.", float64(n))
		}
	}
	if s.NotAfter != nil {
		gauge(to, "chatd_certificate_not_after_seconds", "When the certificate of TLS expires, in Unix time.", float64(s.NotAfter().Unix()))
	}
	if s.MemoryLimit != nil {
		gauge(to, "chatd_memory_limit_bytes", "With 85 hundredths of this in use new connections are refused: --memory-limit; 0: there is no limit.", float64(s.MemoryLimit()))
	}
	if s.Ready != nil {
		ready := 0.0
		if s.Ready() == nil {
			ready = 1
		}
		gauge(to, "chatd_ready", "Whether new posts can be stored, as /readyz says: 1 or 0.", ready)
	}
}

func collectServer(to chan<- prometheus.Metric, f server.Figures) {
	gauge(to, "chatd_uptime_seconds", "Time since the start.", f.Uptime.Seconds())
	gauge(to, "chatd_max_sessions", "How many sessions there may be: --max-connections, as far as descriptors allow.", float64(f.MaxConnections))
	for kind, n := range f.Sessions {
		gauge(to, "chatd_sessions", "Sessions, by how they came in and who they are.", float64(n), "door", kind.Door, "kind", kind.Role.String())
	}
	counter(to, "chatd_received_bytes_total", "Bytes that sessions have sent, without those of TLS and SSH.", float64(f.Traffic.BytesIn))
	counter(to, "chatd_sent_bytes_total", "Bytes that sessions were sent, likewise.", float64(f.Traffic.BytesOut))
	gauge(to, "chatd_slow_readers", "Sessions that have to read before more can be written to them.", float64(f.SlowReaders))
	counter(to, "chatd_caught_up_pages_total", "Pages of posts that were read from the store for sessions that were behind.", float64(f.CaughtUp))
	gauge(to, "chatd_slowed_sessions", "Sessions whose input waits at the moment, because it came above the rates.", float64(f.Slowed))
	gauge(to, "chatd_waiting_reads", "Reads, such as HISTORY and SEARCH, that wait at the moment for the turn of their address.", float64(f.Waiting))
	gauge(to, "chatd_origins", "Addresses, and accounts at them, whose use of the limits is remembered.", float64(f.Origins))
}

func collectHub(to chan<- prometheus.Metric, f hub.Figures) {
	gauge(to, "chatd_rooms", "Rooms, by whose they are.", float64(f.GuestRooms), "of", "guests")
	gauge(to, "chatd_rooms", "Rooms, by whose they are.", float64(f.Rooms-f.GuestRooms), "of", "others")
	gauge(to, "chatd_max_rooms", "How many rooms there may be: --max-rooms.", float64(f.MaxRooms))
	gauge(to, "chatd_rooms_in_use", "Rooms that are in memory.", float64(f.RoomsInUse))
	gauge(to, "chatd_members", "Sessions in rooms, one for each of their rooms.", float64(f.Members))
	gauge(to, "chatd_room_log_bytes", "Memory of the newest posts of rooms in use.", float64(f.LogBytes))
}

func collectStore(to chan<- prometheus.Metric, f sqlite.Figures) {
	gauge(to, "chatd_disk_free_bytes", "Free space of the disk of --data.", float64(f.Free))
	gauge(to, "chatd_min_free_bytes", "With less free space posts are refused: --min-free.", float64(f.MinFree))
	gauge(to, "chatd_store_waiting", "Batches of posts, and other changes, that wait to be written.", float64(f.Waiting))
	gauge(to, "chatd_index_lag_posts", "Posts that are stored, and not in the search index yet.", float64(f.IndexLag))
	if f.MaxStore > 0 {
		gauge(to, "chatd_store_bytes", "What the files have in use.", float64(f.Used))
		gauge(to, "chatd_max_store_bytes", "Above this posts of guests are refused: --max-store.", float64(f.MaxStore))
	}
}

// gauge gives a value that goes up and down. labels are names with their values.
func gauge(to chan<- prometheus.Metric, name, help string, value float64, labels ...string) {
	send(to, prometheus.GaugeValue, name, help, value, labels)
}

// counter gives a value that goes up only. labels are as with gauge.
func counter(to chan<- prometheus.Metric, name, help string, value float64, labels ...string) {
	send(to, prometheus.CounterValue, name, help, value, labels)
}

func send(to chan<- prometheus.Metric, kind prometheus.ValueType, name, help string, value float64, labels []string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	to <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
}
