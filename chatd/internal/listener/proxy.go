package listener

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"
)

// ByeProxy is what a proxy reads that does not begin with a header (protocol.md, "How a
// connection ends").
const ByeProxy = "BYE proxy connections from this address begin with a header of the PROXY protocol, version 2: send-proxy-v2 at HAProxy"

// Sizes of a header (PROXY protocol, section 2.2).
const (
	headerStart = 16      // bytes up to the length, which they end in
	maxHeader   = 4 << 10 // bytes after these
)

var errNoHeader = errors.New("the proxy sends no header of the PROXY protocol, version 2")

// Proxies are the addresses that connections come from for others, with a header of the
// PROXY protocol. The zero value is none.
type Proxies []netip.Prefix

// contains reports whether the connection comes from a proxy.
func (p Proxies) contains(c net.Conn) bool {
	tcp, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return false
	}
	address := tcp.AddrPort().Addr().Unmap().WithZone("")
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(address) })
}

// listen returns a listener whose connections have the addresses of the clients that
// proxies name, and come without the header.
func (p Proxies) listen(l net.Listener, o Options) net.Listener {
	if len(p) == 0 {
		return l
	}
	others := func(c net.Conn) bool { return !p.contains(c) }
	return new(Handshakes).listenExcept(l, o, readClient, others)
}

// readClient reads the header of a connection from a proxy, and not a byte more: what comes
// after it is read from the connection's descriptor.
func readClient(_ context.Context, c net.Conn) (net.Conn, error) {
	header, err := readHeader(c)
	if err != nil {
		bye(c, ByeProxy)
		return nil, err
	}
	raw := c.(*handshakeConn).Conn.(*net.TCPConn)
	if header.Command.IsLocal() {
		return raw, nil // the proxy's own, such as one that sees whether there is a server
	}
	client := raw.RemoteAddr() // of one that has no address of TCP
	if tcp, _, ok := header.TCPAddrs(); ok {
		client = tcp
	}
	return &proxiedConn{raw, client, endedTLS(header)}, nil
}

func readHeader(c io.Reader) (*proxyproto.Header, error) {
	text := make([]byte, headerStart)
	if _, err := io.ReadFull(c, text); err != nil || !bytes.HasPrefix(text, proxyproto.SIGV2) {
		return nil, errNoHeader
	}
	size := binary.BigEndian.Uint16(text[headerStart-2:])
	if size > maxHeader {
		return nil, fmt.Errorf("the proxy's header has %d bytes, and %d are allowed", size, maxHeader)
	}
	text = append(text, make([]byte, size)...)
	if _, err := io.ReadFull(c, text[headerStart:]); err != nil {
		return nil, errNoHeader
	}
	return proxyproto.Read(bufio.NewReader(bytes.NewReader(text)))
}

// endedTLS reports whether the client speaks TLS with the proxy.
func endedTLS(h *proxyproto.Header) bool {
	tlvs, err := h.TLVs()
	if err != nil {
		return false
	}
	tls, found := tlvparse.FindSSL(tlvs)
	return found && tls.ClientSSL()
}

// A proxiedConn is a connection that a proxy has made for a client.
type proxiedConn struct {
	*net.TCPConn // with the proxy
	client       net.Addr
	encrypted    bool
}

// RemoteAddr implements net.Conn.
func (c *proxiedConn) RemoteAddr() net.Addr { return c.client }

// Identity is for IdentityOf.
func (c *proxiedConn) Identity() Identity {
	if c.encrypted {
		return Identity{Door: DoorTLS, Encrypted: true, Proxied: true}
	}
	return Identity{Door: DoorTCP, Proxied: true}
}
