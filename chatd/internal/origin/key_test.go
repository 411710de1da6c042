package origin

import (
	"net"
	"net/netip"
	"testing"
)

// of returns the key of an address, or of a local user for "".
func of(address string) Key {
	if address == "" {
		return Of(&net.UnixAddr{}, 7)
	}
	return Of(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address)), 7)
}

func TestKey(t *testing.T) {
	exempt := append([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Local...)
	for address, want := range map[string]struct {
		key, parent string
		exempt      bool
	}{
		"":                          {"local uid 7", "", true},
		"127.3.2.1:5":               {"127.3.2.1", "", true},
		"[::1]:5":                   {"::1", "", true},
		"192.0.2.1:5":               {"192.0.2.1", "", true},
		"198.51.100.1:5":            {"198.51.100.1", "", false},
		"[::ffff:192.0.2.1]:5":      {"192.0.2.1", "", true},
		"[2001:db8:1:2:3::4]:5":     {"2001:db8:1:2::/64", "2001:db8:1::/48", false},
		"[fe80::1:2:3:4%eth0]:5001": {"fe80::/64", "fe80::/48", false},
	} {
		k := of(address)
		parent, ok := k.parent()
		if got := k.String(); got != want.key || ok != (want.parent != "") || ok && parent.String() != want.parent {
			t.Errorf("%s: %s, parent %s %v, want %s and %s", address, k, parent, ok, want.key, want.parent)
		}
		if k.exempt(exempt) != want.exempt || k.Proxied().exempt(exempt) {
			t.Errorf("%s: exempt %v, behind a proxy %v", address, k.exempt(exempt), k.Proxied().exempt(exempt))
		}
		if k.exempt(nil) {
			t.Errorf("%s is exempt where nobody is", address)
		}
	}
	if k := of("192.0.2.1:5").With(3); k.String() != "192.0.2.1 account 3" || k == of("192.0.2.1:6") || k.With(0) != of("192.0.2.1:6") {
		t.Errorf("an account's is %s", k)
	}
}
