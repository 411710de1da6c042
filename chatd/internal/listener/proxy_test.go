package listener

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"
)

var loopback = Proxies{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128")}

// client is whom the headers of tests name.
var client = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7).To4(), Port: 4711}

// proxyHeader returns a header that names an address; with TLS the client speaks that.
func proxyHeader(t *testing.T, from net.Addr, tlvs ...proxyproto.TLV) []byte {
	t.Helper()
	h := proxyproto.HeaderProxyFromAddrs(2, from, &net.TCPAddr{IP: net.IPv4(198, 51, 100, 1), Port: 5001})
	if err := h.SetTLVs(tlvs); err != nil {
		t.Fatal(err)
	}
	text, err := h.Format()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func sslTLV(t *testing.T, flags uint8) proxyproto.TLV {
	t.Helper()
	tlv, err := tlvparse.PP2SSL{Client: flags, TLV: []proxyproto.TLV{{Type: proxyproto.PP2_SUBTYPE_SSL_VERSION, Value: []byte("TLSv1.3")}}}.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return tlv
}

// listenFor listens on an address for proxies, and returns a function that connects.
func listenFor(t *testing.T, address string, o Options) (net.Listener, func(sent ...[]byte) net.Conn) {
	t.Helper()
	o.Log, o.Handshakes = slog.New(slog.DiscardHandler), &Handshakes{}
	sockets, err := Bind(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	l := sockets[0].Listen(o)
	t.Cleanup(func() { _ = l.Close() })
	return l, func(sent ...[]byte) net.Conn {
		t.Helper()
		c, err := net.Dial(l.Addr().Network(), l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		for _, part := range sent {
			if _, err := c.Write(part); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
}

func accept(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Of a connection from a proxy the client's address is known, and whether it speaks TLS.
// What comes after the header is the client's, to be read from the descriptor.
func TestConnectionsFromAProxy(t *testing.T) {
	l, dial := listenFor(t, "127.0.0.1:0", Options{Proxies: loopback})
	six := &net.TCPAddr{IP: net.ParseIP("2001:db8::7"), Port: 4711}
	udp := proxyHeader(t, client)
	udp[headerStart-3] = byte(proxyproto.UDPv4)
	plain, secure := Identity{Door: DoorTCP, Proxied: true}, Identity{Door: DoorTLS, Encrypted: true, Proxied: true}
	for name, tt := range map[string]struct {
		header []byte
		from   net.Addr // nil: the proxy's own
		known  Identity
	}{
		"IPv4":         {proxyHeader(t, client), client, plain},
		"IPv6":         {proxyHeader(t, six), six, plain},
		"TLS":          {proxyHeader(t, client, sslTLV(t, tlvparse.PP2_BITFIELD_CLIENT_SSL)), client, secure},
		"another TLV":  {proxyHeader(t, client, proxyproto.TLV{Type: proxyproto.PP2_TYPE_ALPN, Value: []byte("x")}), client, plain},
		"TLS not used": {proxyHeader(t, client, sslTLV(t, 0)), client, plain},
		"local":        {proxyHeader(t, nil), nil, Identity{Door: DoorTCP}},
		"UDP":          {udp, nil, plain},
	} {
		t.Run(name, func(t *testing.T) {
			dialed := dial(tt.header, []byte("hello"))
			c := accept(t, l)
			if tt.from == nil {
				tt.from = dialed.LocalAddr()
			}
			if c.RemoteAddr().String() != tt.from.String() {
				t.Errorf("it comes from %v, not %v", c.RemoteAddr(), tt.from)
			}
			if got := IdentityOf(c); got != tt.known {
				t.Errorf("the identity is %+v", got)
			}
			if _, ok := c.(syscall.Conn); !ok {
				t.Error("it hides its descriptor")
			}
			said := make([]byte, 5)
			if _, err := io.ReadFull(c, said); string(said) != "hello" {
				t.Errorf("it says %q, %v", said, err)
			}
		})
	}
}

// A header may come in any pieces.
func TestHeaderInPieces(t *testing.T) {
	l, dial := listenFor(t, "127.0.0.1:0", Options{Proxies: loopback})
	header := proxyHeader(t, client)
	for at := range header {
		dial(header[:at], header[at:])
		if c := accept(t, l); c.RemoteAddr().String() != client.String() {
			t.Errorf("cut at %d it comes from %v", at, c.RemoteAddr())
		}
	}
}

// A proxy that sends no header is told so, and so is one whose header is not one.
func TestProxyWithoutAHeader(t *testing.T) {
	_, dial := listenFor(t, "127.0.0.1:0", Options{Proxies: loopback})
	long := append(proxyHeader(t, client)[:headerStart-2], 0xff, 0xff)
	for name, sent := range map[string][]byte{
		"a command":    []byte("NICK alice and a bit more\n"),
		"version 1":    []byte("PROXY TCP4 192.0.2.7 198.51.100.1 4711 5001\r\n"),
		"a long one":   append(long, make([]byte, 100)...),
		"no address":   append(proxyHeader(t, client)[:headerStart-2], 0, 0),
		"version 3":    bytes.Replace(proxyHeader(t, client), []byte("\x21\x11"), []byte("\x31\x11"), 1),
		"an end of it": nil,
	} {
		c := dial(sent)
		_ = c.(*net.TCPConn).CloseWrite()
		if all, err := io.ReadAll(c); string(all) != ByeProxy+"\n" || err != nil {
			t.Errorf("%s: a proxy reads %q, %v", name, all, err)
		}
	}
}

// A header counts from proxies alone. Other peers are not asked for one.
func TestOthersAreNoProxies(t *testing.T) {
	header := proxyHeader(t, client)
	for _, proxies := range []Proxies{nil, {netip.MustParsePrefix("127.0.0.0/32")}} {
		l, dial := listenFor(t, "127.0.0.1:0", Options{Proxies: proxies})
		dialed := dial(header)
		c := accept(t, l)
		if c.RemoteAddr().String() != dialed.LocalAddr().String() || IdentityOf(c) != (Identity{Door: DoorTCP}) {
			t.Errorf("a connection comes from %v, %+v", c.RemoteAddr(), IdentityOf(c))
		}
		read := make([]byte, len(header))
		if _, err := io.ReadFull(c, read); !bytes.Equal(read, header) {
			t.Errorf("a stranger's header is read as %q, %v", read, err)
		}
	}
}

// TLS begins after the header, and a stranger's header is no TLS.
func TestTLSBehindAProxy(t *testing.T) {
	certFile, keyFile, _ := pairIn(t, t.TempDir())
	config, err := LoadTLS(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, dial := listenFor(t, "tls://127.0.0.1:0", Options{Proxies: loopback, TLS: config})
	secure := tls.Client(dial(proxyHeader(t, client)), &tls.Config{InsecureSkipVerify: true})
	if err := secure.Handshake(); err != nil {
		t.Fatal(err)
	}
	c := accept(t, l)
	if c.RemoteAddr().String() != client.String() || !IdentityOf(c).Encrypted {
		t.Errorf("it comes from %v, %+v", c.RemoteAddr(), IdentityOf(c))
	}
	_, dial = listenFor(t, "tls://127.0.0.1:0", Options{TLS: config})
	if all, err := io.ReadAll(dial(proxyHeader(t, client))); string(all) != ByePlain+"\n" || err != nil {
		t.Errorf("a stranger with a header reads %q, %v", all, err)
	}
}

// SSH passes over no line of a stranger either.
func TestSSHTakesNoHeaderOfStrangers(t *testing.T) {
	s := &SSH{HostKey: newSigner(t)}
	_, dial := listenFor(t, "ssh://127.0.0.1:0", Options{SSH: s})
	for _, header := range []string{string(proxyHeader(t, client)), "PROXY TCP4 192.0.2.7 198.51.100.1 4711 5001\r\n"} {
		all, err := io.ReadAll(dial([]byte(header + "SSH-2.0-stranger\r\n")))
		if strings.Contains(string(all), "ssh-ed25519") {
			t.Errorf("after %q it shakes hands: %q, %v", header, all, err)
		}
	}
}
