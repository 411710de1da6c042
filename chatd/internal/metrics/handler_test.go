package metrics

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/server"
	"linechat/chatd/proto"
)

// get returns the status and the body of what a handler answers.
func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestReadiness(t *testing.T) {
	var failed error
	h := New().Handler(func() error { return failed }, false)
	if code, body := get(t, h, "/readyz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("ready: %d %q", code, body)
	}
	failed = errors.New("the disk is full")
	if code, body := get(t, h, "/readyz"); code != http.StatusServiceUnavailable || body != "the disk is full\n" {
		t.Errorf("not ready: %d %q", code, body)
	}
	if code, body := get(t, h, "/healthz"); code != http.StatusOK || body != "ok\n" {
		t.Errorf("healthy: %d %q", code, body)
	}
}

// Profiles show what is in memory, and are served only where they are asked for.
func TestProfiles(t *testing.T) {
	ready := func() error { return nil }
	for _, path := range []string{"/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/cmdline"} {
		if code, _ := get(t, New().Handler(ready, false), path); code != http.StatusNotFound {
			t.Errorf("%s without debug: %d", path, code)
		}
	}
	if code, body := get(t, New().Handler(ready, true), "/debug/pprof/goroutine?debug=1"); code != http.StatusOK || !strings.HasPrefix(body, "goroutine profile: ") {
		t.Errorf("with debug: %d %q", code, body)
	}
}

// STATS says what Prometheus reads.
func TestStatsAreTheMetrics(t *testing.T) {
	expires := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	m := New()
	m.Read(Sources{
		Server: func() server.Figures {
			return server.Figures{Sessions: map[server.Kind]int{{Door: "tcp", Role: proto.Guest}: 3, {Door: "ssh", Role: proto.Account}: 2}, Traffic: server.Traffic{BytesIn: 12345678}}
		},
		NotAfter: func() time.Time { return expires },
		Ready:    func() error { return errors.New("no") },
	})
	for _, ms := range []time.Duration{1, 3, 3, 40} {
		m.SearchDone(ms * time.Millisecond)
	}
	_, page := get(t, m.Handler(nil, false), "/metrics")
	stats, err := m.Stats()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{}
	for _, s := range stats {
		if strings.ContainsAny(s.Name, " \t") {
			t.Errorf("%q is not one word", s.Name)
		}
		shown[s.Name] = s.Value
	}
	for name, want := range map[string][2]string{
		`chatd_sessions{door="tcp",kind="guest"}`:   {"3", "3"},
		`chatd_sessions{door="ssh",kind="account"}`: {"2", "2"},
		"chatd_received_bytes_total":                {"12345678", "1.2345678e+07"},
		"chatd_certificate_not_after_seconds":       {"1893456000", "1.893456e+09"},
		"chatd_ready":                               {"0", "0"},
		"chatd_search_seconds_count":                {"4", "4"},
		"chatd_search_seconds_sum":                  {"0.047", "0.047"},
	} {
		if shown[name] != want[0] {
			t.Errorf("STATS says %s is %q, want %s", name, shown[name], want[0])
		}
		if !strings.Contains(page, "\n"+name+" "+want[1]+"\n") {
			t.Errorf("/metrics does not have %s %s:\n%s", name, want[1], page)
		}
	}
	if p50, p99 := shown["chatd_search_seconds_p50"], shown["chatd_search_seconds_p99"]; p50 != "0.005" || p99 != "0.05" {
		t.Errorf("half of the searches are within %s, and 99 of 100 within %s", p50, p99)
	}
}
