package main

import (
	"net"
	"strings"
	"testing"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"
)

// through sends the header with which a proxy on loopback announces a client.
func through(t *testing.T, c *client, from string, tlvs ...proxyproto.TLV) {
	t.Helper()
	h := proxyproto.HeaderProxyFromAddrs(2, &net.TCPAddr{IP: net.ParseIP(from), Port: 4711}, &net.TCPAddr{IP: net.IPv4(198, 51, 100, 1), Port: 5001})
	if err := h.SetTLVs(tlvs); err != nil {
		t.Fatal(err)
	}
	text, err := h.Format()
	if err != nil {
		t.Fatal(err)
	}
	c.send(string(text))
}

// TestProxy: a client behind a proxy has its own address, and may send a password if its
// connection with the proxy is encrypted.
func TestProxy(t *testing.T) {
	t.Parallel()
	address := startDaemon(t, "--memory", "--proxy", "127.0.0.1", "--guests", "on")
	ssl, err := tlvparse.PP2SSL{Client: tlvparse.PP2_BITFIELD_CLIENT_SSL, TLV: []proxyproto.TLV{{Type: proxyproto.PP2_SUBTYPE_SSL_VERSION, Value: []byte("TLSv1.3")}}}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	alice := dial(t, address)
	through(t, alice, "192.0.2.7", ssl)
	alice.line()
	alice.send("NICK alice\nREGISTER correct horse\nSESSIONS\n")
	alice.expect("OK NICK alice")
	alice.expect("OK REGISTER alice")
	if got := alice.line(); !strings.HasPrefix(got, "SESSION ") || !strings.Contains(got, " alice tls ") {
		t.Errorf("the session is %q", got)
	}
	bob := dial(t, address)
	through(t, bob, "127.0.0.1")
	bob.line()
	bob.send("LOGIN alice correct horse\n")
	if got := bob.line(); !strings.HasPrefix(got, "ERR LOGIN not-secure ") {
		t.Errorf("without TLS a LOGIN is answered %q", got)
	}
	health := dial(t, address)
	health.send("PING are you there\nPING\n")
	if got := health.line(); !strings.HasPrefix(got, "BYE proxy ") {
		t.Errorf("a proxy without a header reads %q", got)
	}
}
