package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linechat/chatd/internal/listener"
)

// A tlsPeer is a client over TLS, or one that speaks none.
type tlsPeer struct {
	t *testing.T
	net.Conn
	in *bufio.Reader
}

func dialTLS(t *testing.T, address string, certs ...tls.Certificate) *tlsPeer {
	t.Helper()
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, Certificates: certs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return &tlsPeer{t, c, bufio.NewReader(c)}
}

func (p *tlsPeer) do(line, want string) {
	p.t.Helper()
	if line != "" {
		if _, err := io.WriteString(p, line+"\n"); err != nil {
			p.t.Fatal(err)
		}
	}
	if got, err := p.in.ReadString('\n'); err != nil || !strings.HasPrefix(got, want) {
		p.t.Fatalf("got %q, %v; want %q", got, err, want)
	}
}

// startTLS starts a daemon on a port of TLS, with a pair of chatd cert.
func startTLS(t *testing.T, more ...string) (address, dir, fingerprint string) {
	t.Helper()
	args, dir, fingerprint := newPair(t)
	addresses, _ := startListening(t, append(append(args, "--memory"), more...)...)
	return addresses[1], dir, fingerprint
}

// newPair returns the flags of a port of TLS with a new pair of chatd cert.
func newPair(t *testing.T) (flags []string, dir, fingerprint string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "pair")
	fingerprint = strings.TrimSpace(succeed(t, "cert", dir, "localhost"))
	return []string{"--listen", "tls://127.0.0.1:0", "--tls-cert", filepath.Join(dir, "cert.pem"), "--tls-key", filepath.Join(dir, "key.pem")}, dir, fingerprint
}

func TestTLS(t *testing.T) {
	t.Parallel()
	address, dir, fingerprint := startTLS(t)
	plain, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	(&tlsPeer{t, plain, bufio.NewReader(plain)}).do("hello?", "BYE plain this port speaks TLS")

	p := dialTLS(t, address)
	p.do("", "HELLO chatd/1 guest-")
	state := p.Conn.(*tls.Conn).ConnectionState()
	if got := listener.Fingerprint(state.PeerCertificates[0].RawSubjectPublicKeyInfo); got != fingerprint {
		t.Errorf("the server has %s, chatd cert printed %s", got, fingerprint)
	}
	p.do("NICK alice", "OK NICK alice")
	p.do("REGISTER open sesame", "OK REGISTER alice")
	p.do("CREATE go", "OK CREATE go")
	p.do("JOIN go", "OK JOIN go 1 0")
	p.do("POST hi", "MSG go 1 alice hi")
	p.do("", "OK POST go 1")
	p.do("KEYS ADD", "ERR KEYS bad-key")
	if info, err := os.Stat(filepath.Join(dir, "key.pem")); err != nil || info.Mode().Perm()&0o077 != 0 && os.PathSeparator == '/' {
		t.Errorf("the key can be read by others: %v, %v", info.Mode(), err)
	}
}

// A client's certificate is its key: it logs the account in before HELLO.
func TestTLSKeys(t *testing.T) {
	t.Parallel()
	address, dir, fingerprint := startTLS(t)
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	p := dialTLS(t, address, pair)
	p.do("", "HELLO chatd/1 guest-")
	p.do("NICK alice", "OK NICK alice")
	p.do("REGISTER", "")
	p.do("", "SEND - ")
	p.do(" ", "ERR REGISTER bad-password")
	if _, err := io.WriteString(p, "REGISTER\n\n"); err != nil {
		t.Fatal(err)
	}
	p.do("", "NOTICE")
	p.do("", "SEND - ")
	p.do("", "OK REGISTER alice")
	p.do("KEYS", "KEY "+fingerprint+" tls ")
	p.do("", "OK KEYS")
	again := dialTLS(t, address, pair)
	again.do("", "HELLO chatd/1 alice ")
	again.do("WHOAMI", "OK WHOAMI alice - account")
}
