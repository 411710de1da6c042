// Package origin knows who pays: rates, quotas and costs belong to an origin, which is an
// address, an account at an address, or a user of this machine. What an origin has used
// outlives its connections. Work is shared out between them, too: Turns has the sites and
// addresses, and the accounts of each together, read in turn.
package origin

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
)

// A Key names an origin (protocol.md, "Who pays"). Keys are comparable. The zero Key is
// that of the local user 0.
type Key struct {
	network netip.Prefix // an IPv4 address or ::1, or 64 bits of IPv6; zero: a user of this machine
	uid     int
	account uint64
	proxied bool

	accounts bool // all accounts there, each of which is an origin of its own as well
}

// Of returns the origin of a connection's peer: its address, or for one that has none, over
// a Unix socket, its uid.
func Of(peer net.Addr, uid int) Key {
	tcp, ok := peer.(*net.TCPAddr)
	if !ok {
		return Key{uid: uid}
	}
	address := tcp.AddrPort().Addr().Unmap().WithZone("")
	bits := min(address.BitLen(), 64)
	if address.IsLoopback() {
		bits = address.BitLen()
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return Key{uid: uid} // no address at all
	}
	return Key{network: network}
}

// With returns the origin of an account's sessions from that of their address. An id of 0
// is a guest.
func (k Key) With(account uint64) Key {
	k.account = account
	return k
}

// Proxied returns the origin of peers for which a proxy has connected. It is never exempt:
// there is nothing but the proxy's word for their address.
func (k Key) Proxied() Key {
	k.proxied = true
	return k
}

// String returns the address, the network, or the local user, as logs have it.
func (k Key) String() string {
	s := fmt.Sprint("local uid ", k.uid)
	switch {
	case k.network.IsValid() && k.network.IsSingleIP():
		s = k.network.Addr().String()
	case k.network.IsValid():
		s = k.network.String()
	}
	switch {
	case k.account != 0:
		s += fmt.Sprint(" account ", k.account)
	case k.accounts:
		s += " accounts"
	}
	return s
}

// Sum returns a number that stands for the origin, or for an account wherever it is, under a
// secret key. It is never 0.
func (k Key) Sum(secret []byte) uint64 {
	name := k.String()
	if k.account != 0 {
		name = fmt.Sprint("account ", k.account)
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(name))
	return binary.BigEndian.Uint64(h.Sum(nil)) | 1
}

// parent returns the origin that pays for what k uses as well: of an account all accounts at
// its address, and of an IPv6 network of 64 bits that of 48, which one customer is often given
// whole.
func (k Key) parent() (Key, bool) {
	if k.account != 0 {
		k.account, k.accounts = 0, true
		return k, true
	}
	if k.network.Bits() != 64 {
		return Key{}, false
	}
	site, err := k.network.Addr().Prefix(48)
	k.network = site
	return k, err == nil
}

// times returns how many times as much k has as the guests at one address.
func (k Key) times() int {
	n := 1
	if k.account != 0 || k.accounts {
		n = privileged
	}
	if k.network.Bits() == 48 {
		n *= privileged
	}
	return n
}

// searches returns how many searches of k run at a time.
func (k Key) searches() int {
	if k.network.Bits() == 48 {
		return privileged
	}
	return 1
}

// Local has the networks of this machine. Its users over Unix sockets are exempt where
// these are.
var Local = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// exempt reports whether all of k lies in one of the networks.
func (k Key) exempt(networks []netip.Prefix) bool {
	network := k.network
	if !network.IsValid() {
		network = netip.PrefixFrom(netip.IPv6Loopback(), 128)
	}
	return !k.proxied && slices.ContainsFunc(networks, func(n netip.Prefix) bool {
		return n.Bits() <= network.Bits() && n.Contains(network.Addr())
	})
}
