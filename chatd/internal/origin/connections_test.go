package origin

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

func at(t *testing.T, table *Table, address string) *Origin {
	t.Helper()
	o := table.Acquire(Of(net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(address), 5)), 0))
	t.Cleanup(o.Release)
	return o
}

// connects connects n times, and wants all to be allowed.
func connects(t *testing.T, o *Origin, n, max int) {
	t.Helper()
	for i := range n {
		if err := o.Connect(max); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
}

func refused(t *testing.T, o *Origin, max int, want ConnectError) {
	t.Helper()
	var refused *ConnectError
	if err := o.Connect(max); !errors.As(err, &refused) || *refused != want {
		t.Errorf("a further connection: %v, want %v", err, &want)
	}
}

func TestConnectionsOfAnAddress(t *testing.T) {
	table := NewTable(Limits{}, Local)
	one, other, here := at(t, table, "192.0.2.1"), at(t, table, "192.0.2.2"), at(t, table, "127.0.0.1")
	connects(t, one, 3, 3)
	refused(t, one, 3, ConnectError{Limit: 3})
	connects(t, other, 3, 3)
	connects(t, here, 10, 3)
	one.Disconnect()
	connects(t, one, 1, 3)
	refused(t, one, 3, ConnectError{Limit: 3})
	connects(t, one, 10, 0) // no limit
	if n := one.Connections(); n != 13 {
		t.Errorf("it has %d connections", n)
	}
}

// Networks of one site have four times as many together.
func TestConnectionsOfASite(t *testing.T) {
	table := NewTable(Limits{}, nil)
	for i := range 2 * privileged {
		o := at(t, table, fmt.Sprintf("2001:db8:1:%x::1", i))
		connects(t, o, 1, 2)
	}
	refused(t, at(t, table, "2001:db8:1:ffff::1"), 2, ConnectError{Limit: 2})
	connects(t, at(t, table, "2001:db8:2::1"), 2, 2)
}

func TestConnectionsInATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var limits Limits
		limits[Connects] = Limit{Burst: 5, PerSecond: 10}
		table := NewTable(limits, Local)
		one := at(t, table, "192.0.2.1")
		connects(t, one, 5, 100)
		refused(t, one, 100, ConnectError{10, time.Second / 10})
		refused(t, one, 100, ConnectError{10, time.Second / 10}) // which counts for nothing
		connects(t, at(t, table, "127.0.0.1"), 50, 100)
		<-time.After(time.Second / 5)
		connects(t, one, 2, 100)
		refused(t, one, 100, ConnectError{10, time.Second / 10})
	})
}
