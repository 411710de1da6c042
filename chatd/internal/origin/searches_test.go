package origin

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
)

// searching asks for a search of each key at a time, and returns how many of them begin. It
// ends these.
func searching(t *testing.T, table *Table, keys ...Key) (n int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	begun := make(chan *Origin, len(keys))
	for _, k := range keys {
		o := table.Acquire(k)
		go func() {
			if o.BeginSearch(ctx) == nil {
				begun <- o
			}
		}()
	}
	synctest.Wait()
	n = len(begun)
	cancel()
	synctest.Wait()
	for range n {
		(<-begun).EndSearch()
	}
	return n
}

// One search of the guests at an address and one of the accounts there run at a time, and four
// of the networks of a site. Whoever gives up has no place.
func TestSearchesAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable(Limits{}, nil)
		office := of("192.0.2.1:5")
		var networks, accounts []Key
		for n := range 10 {
			networks = append(networks, of(fmt.Sprintf("[2001:db8:0:%d::1]:5", n)))
			accounts = append(accounts, networks[n].With(1), networks[n].With(2))
		}
		for range 2 {
			for _, test := range []struct {
				who  string
				keys []Key
				want int
			}{
				{"guests", []Key{office, office}, 1},
				{"guests and accounts", []Key{office, office.With(1), office.With(1), office.With(2)}, 2},
				{"two addresses", []Key{office, of("192.0.2.2:5")}, 2},
				{"a site", networks, 4},
				{"the accounts of a site", accounts, 4},
			} {
				if n := searching(t, table, test.keys...); n != test.want {
					t.Errorf("%s: %d searches run, want %d", test.who, n, test.want)
				}
			}
		}
	})
}
