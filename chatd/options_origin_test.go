package main

import (
	"math"
	"net"
	"net/netip"
	"strings"
	"testing"

	"linechat/chatd/internal/origin"
)

// originTable returns the table of origins of a command line.
func originTable(t *testing.T, args ...string) (*origin.Table, error) {
	t.Helper()
	var o originOptions
	if err := o.flags().Parse(args); err != nil {
		t.Fatal(err)
	}
	return o.table(true)
}

func TestExempt(t *testing.T) {
	here, other := origin.Of(tcpAddr("[::1]:5"), 0), origin.Of(tcpAddr("192.0.2.1:5"), 0)
	for network, want := range map[string]struct{ here, other, bad bool }{
		"loopback": {here: true}, "::1": {here: true}, "none": {}, "192.0.2.0/24": {other: true}, "loopback,192.0.2.1": {here: true, other: true},
		"2001:db8::1": {bad: true}, "none,loopback": {bad: true}, "nowhere": {bad: true},
	} {
		table, err := originTable(t, "--exempt", network)
		if err != nil {
			if !want.bad {
				t.Errorf("--exempt %s: %v", network, err)
			}
			continue
		}
		if got := [2]bool{table.Acquire(here).Exempt(), table.Acquire(other).Exempt()}; want.bad || got != [2]bool{want.here, want.other} {
			t.Errorf("--exempt %s exempts ::1 and 192.0.2.1: %v", network, got)
		}
	}
}

// A limit of bytes is as large as its flag says, as far as an int has it.
func TestLargeLimits(t *testing.T) {
	table, err := originTable(t, "--exempt", "none", "--bytes-per-address", "1GB", "--bytes-per-day", "1TB")
	if err != nil {
		t.Fatal(err)
	}
	guest := origin.Of(tcpAddr("192.0.2.1:5"), 0)
	for kind, want := range map[origin.Kind]float64{origin.Bytes: 256e9, origin.DayBytes: 1e12} {
		for times, key := range map[float64]origin.Key{1: guest, 4: guest.With(3)} {
			limit, left, _ := table.Acquire(key).Left(kind)
			if want := min(times*want, math.MaxInt); math.Abs(float64(limit.Burst)-want) > 3 || left != limit.Burst {
				t.Errorf("%v has %d, left %d, want %.0f", key, limit.Burst, left, want)
			}
		}
	}
}

func TestTooLargeLimits(t *testing.T) {
	for _, flag := range []string{"--bytes-per-address", "--bytes-per-day"} {
		var o originOptions
		if err := o.flags().Parse([]string{flag, "2PiB"}); err != nil {
			t.Fatal(err)
		}
		if err := o.check(); err == nil || !strings.Contains(err.Error(), flag) {
			t.Errorf("%s 2PiB: %v", flag, err)
		}
	}
}

// An origin has up to sixteen times as much at once as a guest's address, in an int of 32 bits.
func TestLargeDeliveries(t *testing.T) {
	for value, refused := range map[string]bool{"100000000": false, "100000001": true} {
		var o options
		for _, g := range o.groups() {
			_ = g.flags.Set("deliveries-per-address", value) // which one group has
		}
		if err := o.check(); (err != nil) != refused {
			t.Errorf("--deliveries-per-address %s: %v", value, err)
		}
	}
}

func tcpAddr(address string) net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))
}
