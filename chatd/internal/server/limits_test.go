package server

import (
	"slices"
	"strings"
	"testing"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/listener"
	"linechat/chatd/internal/origin"
	"linechat/chatd/internal/spectest"
)

// limits asks for the limits, and returns their names, and the rest of the line by name.
func (p *peer) limits() (names []string, rest map[string]string) {
	p.t.Helper()
	rest = map[string]string{}
	for line := p.do("LIMITS", ""); line != "OK LIMITS"; line = p.want("") {
		name, fields, _ := strings.Cut(strings.TrimPrefix(line, "LIMIT "), " ")
		names, rest[name] = append(names, name), fields
	}
	return names, rest
}

var someLimits = origin.Limits{
	origin.Connects: {Burst: 64, PerSecond: 10},
	origin.Lines:    {Burst: 100, PerSecond: 10}, origin.Bytes: {Burst: 20_000, PerSecond: 1000}, origin.DayBytes: {Burst: 40_000, PerSecond: 10}, origin.Deliveries: {Burst: 500, PerSecond: 100},
	origin.Creates: {Burst: 2, PerSecond: 1. / 720}, origin.Registers: {Burst: 30, PerSecond: 1. / 1200, Strict: true}, origin.Tells: {Burst: 10, PerSecond: 1. / 6, Strict: true},
}

func TestLimitsAreThoseOfTheSpecification(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, someLimits)
		srv.config.MaxPerAddress = 256
		registered(t, srv, "alice")
		p := connectFrom(t, srv, "192.0.2.1:1")
		p.do("LOGIN alice "+password, "OK LOGIN")
		names, rest := p.limits()
		var want []string
		for _, row := range spectest.Table(t, "| name | what |") {
			want = append(want, row[0])
		}
		if !slices.Equal(names, want) {
			t.Errorf("protocol.md has %q\nLIMITS has      %q", want, names)
		}
		// An account has four times as much, but registers nobody.
		if got := rest["address-creates-at-once"] + ", " + rest["address-registers-at-once"]; got != "8 8 0, 30 30 0" {
			t.Errorf("new rooms and accounts: %s", got)
		}
	})
}

// What is left, and how long it takes until there is one more.
func TestWhatIsLeftOfLimits(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, someLimits)
		srv.config.MaxPerAddress = 256
		if err := srv.config.Origins.Acquire(origin.Of(tcpAddr("192.0.2.1:1"), 0)).Connect(256); err != nil {
			t.Fatal(err)
		}
		alice := connectFrom(t, srv, "192.0.2.1:1")
		alice.do("CREATE go", "OK")
		alice.do("CREATE golf", "OK")
		alice.do("JOIN go", "OK")
		alice.do("POST "+strings.Repeat("x", 100-postBytes), "")
		alice.want("OK POST")
		_, rest := alice.limits()
		for name, want := range map[string]string{
			"line-bytes": "1024 - 0", "rooms-joined": "200 199 0", "rooms-of-account": "",
			"lines-per-second": "1000 - 0", "lines-at-once": "1000 991 0", "creates-at-once": "10 8 0", "nicks-at-once": "10 10 0",
			"address-connections": "256 255 0", "address-connects-at-once": "64 63 0", "address-lines-at-once": "100 91 0", "address-bytes-at-once": "20000 19900 0", "address-bytes-per-day": "40000 39900 0", "address-deliveries-per-second": "100 - 0", "address-deliveries-at-once": "500 499 0",
			"address-creates-at-once": "2 0 720000", "address-creates-per-hour": "5 - 0", "address-tells-to-one-per-minute": "10 - 0",
		} {
			if rest[name] != want {
				t.Errorf("%s: %q, want %q", name, rest[name], want)
			}
		}
		pass(2 * time.Minute)
		if _, rest = alice.limits(); rest["address-creates-at-once"] != "2 0 600000" {
			t.Errorf("two minutes later: %q", rest["address-creates-at-once"])
		}
	})
}

// Limits of an address that is exempt are not listed, but for those that hold for it.
func TestLimitsOfWhoIsExempt(t *testing.T) {
	bubble(t, memory, func(t *testing.T, srv *Server, _ *history.Memory) {
		withLimits(srv, someLimits)
		srv.config.MaxPerAddress = 256
		p, _, _ := admitKnown(t, srv, listener.Identity{}, tcpAddr("198.51.100.1:1"))
		names, _ := p.limits()
		shared := slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, "address-") })
		if want := []string{"address-registers-per-hour", "address-registers-at-once", "address-tells-to-one-per-minute"}; !slices.Equal(shared, want) {
			t.Errorf("%q, want %q", shared, want)
		}
	})
}
