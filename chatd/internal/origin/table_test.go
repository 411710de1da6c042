package origin

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"
)

var usual = Limits{
	Lines:     {Burst: 10, PerSecond: 2},
	Creates:   {Burst: 2, PerSecond: 1. / 3600},
	Registers: {Burst: 3, PerSecond: 1, Strict: true},
}

func take(o *Origin, kind Kind, n int) {
	for range n {
		o.Reserve(kind, 1)
	}
}

// What is used stays used, whoever of the origin used it, also when nobody is connected.
func TestOriginOutlivesItsSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable(usual, nil)
		first, second := table.Acquire(of("192.0.2.1:5")), table.Acquire(of("192.0.2.1:6"))
		other := table.Acquire(of("192.0.2.2:5"))
		take(first, Lines, 6)
		if wait := second.Reserve(Lines, 6); wait != time.Second {
			t.Errorf("two lines too many wait %v", wait)
		}
		if wait := other.Reserve(Lines, 1); wait != 0 {
			t.Errorf("another address waits %v", wait)
		}
		take(first, Creates, 2)
		first.Release()
		second.Release()
		time.Sleep(rememberFor + time.Minute)
		other.Release() // the others are looked at, and not forgotten: something is used up
		again := table.Acquire(of("192.0.2.1:7"))
		if wait := again.Wait(Creates); wait != 49*time.Minute {
			t.Errorf("a third room waits %v, want 49 minutes", wait)
		}
		again.Release()
		time.Sleep(3 * time.Hour)
		table.Acquire(of("192.0.2.3:5")).Release()
		if n := len(table.origins); n != 1 {
			t.Errorf("%d origins are known, want 1", n)
		}
	})
}

// An account at an address has its own, four times as much; so has a site, which pays for
// its networks.
func TestAccountsAndSites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable(usual, nil)
		guest, account := table.Acquire(of("192.0.2.1:5")), table.Acquire(of("192.0.2.1:5").With(1))
		take(guest, Lines, 10)
		take(account, Lines, 40)
		if wait := account.Reserve(Lines, 8); wait != time.Second {
			t.Errorf("an account waits %v for 8 lines beyond 40", wait)
		}
		var last *Origin
		for i := range 5 {
			last = table.Acquire(of(netip.AddrPortFrom(netip.AddrFrom16([16]byte{0x20, 1, 7: byte(i), 15: 1}), 5).String()))
			take(last, Lines, 10)
		}
		if wait := last.Reserve(Lines, 2); wait != (10+2)*time.Second/8 {
			t.Errorf("the fifth network of a site waits %v", wait)
		}
		if last.parent.key.String() != "2001::/48" {
			t.Errorf("the site is %s", last.parent.key)
		}
	})
}

// Accounts at one address have together what each of them has: whoever registers many gets no
// more.
func TestAccountsOfAnAddressShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, address := range []string{"192.0.2.1:5", "[2001:db8::1]:5", ""} {
			table := NewTable(usual, nil)
			first, second, guest := table.Acquire(of(address).With(1)), table.Acquire(of(address).With(2)), table.Acquire(of(address))
			take(first, Lines, 40)
			if limit, left, _ := second.Left(Lines); limit.Burst != 40 || left != 0 {
				t.Errorf("%q: another account has %d left of %d", address, left, limit.Burst)
			}
			if wait := second.Reserve(Lines, 8); wait != time.Second {
				t.Errorf("%q: another account waits %v", address, wait)
			}
			if wait := guest.Reserve(Lines, 10); wait != 0 {
				t.Errorf("%q: a guest waits %v", address, wait)
			}
			for _, o := range []*Origin{first, second, guest} {
				o.Release()
			}
			time.Sleep(2 * rememberFor)
			for range 3 { // a parent is idle after its children
				table.Acquire(Key{uid: 1}).Release()
				time.Sleep(rememberFor)
			}
			table.Acquire(Key{uid: 1}).Release()
			if n := len(table.origins); n != 1 {
				t.Errorf("%q: %d origins are still known", address, n)
			}
		}
	})
}

// What is exempt does not use up what the rest of its site has, which is not.
func TestExemptInASite(t *testing.T) {
	table := NewTable(usual, []netip.Prefix{netip.MustParsePrefix("2001:db8::/64")})
	exempt, other := table.Acquire(of("[2001:db8::1]:5")), table.Acquire(of("[2001:db8:0:1::1]:5"))
	take(exempt, Lines, 1000)
	take(exempt, Creates, 1000)
	if exempt.Reserve(Lines, 1) != 0 || exempt.Wait(Creates) != 0 || other.Wait(Lines) != 0 || other.Wait(Creates) != 0 {
		t.Errorf("who is exempt waits %v, another %v", exempt.Wait(Creates), other.Wait(Creates))
	}
	for range privileged {
		_ = exempt.Connect(1)
	}
	if err := other.Connect(1); err != nil {
		t.Error(err)
	}
	for i := range privileged {
		take(table.Acquire(of(fmt.Sprintf("[2001:db8:0:%d::1]:5", i+2))), Creates, 2)
	}
	if other.Wait(Creates) == 0 {
		t.Error("a site of which a part is exempt has no limit")
	}
}

func TestExempt(t *testing.T) {
	table := NewTable(usual, Local)
	for _, address := range []string{"", "127.0.0.1:5", "[::1]:5"} {
		o := table.Acquire(of(address))
		take(o, Lines, 1000)
		take(o, Registers, 3)
		if o.Wait(Lines) != 0 || o.Wait(Registers) == 0 || o.buckets[Lines].Load() != nil {
			t.Errorf("%q: lines wait %v, accounts %v", address, o.Wait(Lines), o.Wait(Registers))
		}
		if _, _, limited := o.Left(Lines); limited {
			t.Errorf("%q has a limit of lines", address)
		}
		if limit, left, limited := o.Left(Registers); !limited || left != 0 || limit.Burst != 3 {
			t.Errorf("%q may register %d of %v", address, left, limit)
		}
	}
	if o := table.Acquire(of("127.0.0.1:5").Proxied()); o.Exempt() || o.Reserve(Lines, usual[Lines].Burst) != 0 || o.Reserve(Lines, 1) == 0 {
		t.Error("who comes by a proxy is exempt")
	}
}

// An origin has one search at a time, whoever of it searches; another's waits for none of its.
func TestOneSearchOfAnOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable(usual, Local)
		ctx, cancel := context.WithCancel(t.Context())
		first, second, other := table.Acquire(of("127.0.0.1:5")), table.Acquire(of("127.0.0.1:6")), table.Acquire(of("127.0.0.2:5"))
		if first.BeginSearch(ctx) != nil || other.BeginSearch(ctx) != nil {
			t.Error("a first search does not begin")
		}
		results := make(chan error, 2)
		go func() { results <- second.BeginSearch(t.Context()) }()
		go func() { results <- first.BeginSearch(ctx) }()
		synctest.Wait()
		if len(results) > 0 {
			t.Error("two searches of an origin run")
		}
		cancel()
		if err := <-results; err != context.Canceled {
			t.Errorf("who has gone waits on: %v", err)
		}
		first.EndSearch()
		if err := <-results; err != nil {
			t.Error(err)
		}
	})
}

// However many there are, not more are known than may be idle.
func TestOriginsAreBounded(t *testing.T) {
	table := NewTable(usual, nil)
	for i := range maxIdle + 1000 {
		o := table.Acquire(Key{uid: i})
		take(o, Creates, 2)
		o.Release()
	}
	if n := len(table.origins); n != maxIdle || table.idle.Len() != n {
		t.Errorf("%d origins are known, %d of them idle", n, table.idle.Len())
	}
}

func BenchmarkReserve(b *testing.B) {
	for name, exempt := range map[string][]netip.Prefix{"exempt": Local, "limited": nil} {
		b.Run(name, func(b *testing.B) {
			o := NewTable(Limits{Lines: {Burst: 1 << 30, PerSecond: 1 << 30}}, exempt).Acquire(Key{})
			b.ReportAllocs()
			for b.Loop() {
				o.Reserve(Lines, 1)
			}
		})
	}
}

// BenchmarkOrigin makes origins that have used lines and bytes: what one takes in memory.
func BenchmarkOrigin(b *testing.B) {
	limits := Limits{Lines: usual[Lines], Bytes: usual[Lines]}
	table := NewTable(limits, nil)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		o := table.Acquire(Key{uid: i})
		o.Reserve(Lines, 1)
		o.Reserve(Bytes, 1)
	}
}

// What has begun and not ended counts with the origin and its parent, and is taken when it is
// done.
func TestBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable(Limits{Creates: {Burst: 1, PerSecond: 1}}, nil)
		const wait = time.Second
		begins := func(o *Origin, want time.Duration) {
			t.Helper()
			if got := o.Begin(Creates); got != want {
				t.Errorf("%v waits %v, want %v", o.Key(), got, want)
			}
		}
		o := at(t, table, "192.0.2.1")
		begins(o, 0)
		begins(o, wait)
		o.End(Creates, false)
		begins(o, 0)
		o.End(Creates, true)
		begins(o, wait)
		for i := range privileged {
			begins(at(t, table, fmt.Sprintf("2001:db8:1:%x::1", i)), 0)
		}
		last := at(t, table, "2001:db8:1:99::1")
		begins(last, wait/privileged)
		at(t, table, "2001:db8:1::1").End(Creates, false)
		begins(last, 0)
	})
}
