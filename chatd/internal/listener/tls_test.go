package listener

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pairIn makes a certificate and its key in files of a directory.
func pairIn(t *testing.T, dir string) (certFile, keyFile string, pair tls.Certificate) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "alice"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	replaceFile(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}))
	replaceFile(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	if pair, err = tls.LoadX509KeyPair(certFile, keyFile); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, pair
}

// fingerprintOfCert returns the fingerprint of a certificate's key.
func fingerprintOfCert(c *x509.Certificate) string { return Fingerprint(c.RawSubjectPublicKeyInfo) }

// replaceFile has a file be another one, as those do that renew certificates.
func replaceFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := errors.Join(os.WriteFile(name+".new", text, 0o600), os.Rename(name+".new", name)); err != nil {
		t.Fatal(err)
	}
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.String()
}

// listenTLS listens for TLS with a pair of dir.
func listenTLS(t *testing.T, dir string, log io.Writer) (*TLS, net.Listener) {
	t.Helper()
	certFile, keyFile, _ := pairIn(t, dir)
	config, err := LoadTLS(certFile, keyFile, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	var bound Handshakes
	sockets, err := Bind(t.Context(), "tls://127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := sockets[0].Listen(Options{Log: config.log, Handshakes: &bound, TLS: config})
	t.Cleanup(func() { _ = l.Close() })
	return config, l
}

// dialTLS shakes hands with l, and returns both ends.
func dialTLS(t *testing.T, l net.Listener, config *tls.Config) (client *tls.Conn, server net.Conn) {
	t.Helper()
	config.InsecureSkipVerify = true
	client, err := tls.Dial("tcp", l.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = client.Close(), server.Close() })
	return client, server
}

// A client certificate is asked for, never demanded, and known by its public key.
func TestClientCertificateIsAKey(t *testing.T) {
	_, l := listenTLS(t, t.TempDir(), io.Discard)
	_, server := dialTLS(t, l, &tls.Config{})
	if got := IdentityOf(server); got != (Identity{Door: DoorTLS, Encrypted: true}) {
		t.Errorf("without a certificate the identity is %+v", got)
	}
	_, _, pair := pairIn(t, t.TempDir())
	_, server = dialTLS(t, l, &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12})
	want := Key{Kind: "tls", Fingerprint: fingerprintOfCert(pair.Leaf), Comment: "alice"}
	if got := IdentityOf(server); got.Key != want {
		t.Errorf("with a certificate the identity is %+v, not %+v", got, want)
	}
}

func TestTLSRefusesOldVersionsAndGivesNoTickets(t *testing.T) {
	_, l := listenTLS(t, t.TempDir(), io.Discard)
	if _, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		cache := tls.NewLRUClientSessionCache(1)
		for range 2 {
			client, server := dialTLS(t, l, &tls.Config{ServerName: "localhost", ClientSessionCache: cache, MaxVersion: version})
			go func() { _, _ = server.Write([]byte("x")) }()
			_, _ = client.Read(make([]byte, 1)) // a ticket would come before
			if client.ConnectionState().DidResume {
				t.Errorf("a session of version %x was resumed", version)
			}
		}
	}
}

// New connections get what the files hold; one that there was goes on. A pair that does
// not fit together changes nothing, and is logged once.
func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	var log lockedBuffer
	_, l := listenTLS(t, dir, &log)
	shown := func() string {
		client, _ := dialTLS(t, l, &tls.Config{})
		return fingerprintOfCert(client.ConnectionState().PeerCertificates[0])
	}
	client, server := dialTLS(t, l, &tls.Config{})
	certFile, keyFile, second := pairIn(t, dir)
	if got := shown(); got != fingerprintOfCert(second.Leaf) {
		t.Errorf("after the files have changed %s is shown, and they hold %s", got, fingerprintOfCert(second.Leaf))
	}
	_, otherKey, _ := pairIn(t, t.TempDir())
	text, err := os.ReadFile(otherKey)
	if err != nil {
		t.Fatal(err)
	}
	replaceFile(t, keyFile, text)
	for range 3 {
		if got := shown(); got != fingerprintOfCert(second.Leaf) {
			t.Errorf("with a bad pair %s is shown", got)
		}
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 1 || !strings.Contains(log.String(), certFile) {
		t.Errorf("the log has %d errors:\n%s", n, log.String())
	}
	go func() { _, _ = client.Write([]byte("x")) }()
	if _, err := server.Read(make([]byte, 1)); err != nil {
		t.Errorf("the first connection: %v", err)
	}
}

// Reload logs what is wrong even if no client comes.
func TestReloadLogsABadPair(t *testing.T) {
	dir := t.TempDir()
	var log lockedBuffer
	config, l := listenTLS(t, dir, &log)
	if err := os.Remove(filepath.Join(dir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	config.Reload()
	if !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("the log has %q", log.String())
	}
	dialTLS(t, l, &tls.Config{})
}

// A client that speaks no TLS gets a line in the clear, whatever it says.
func TestPlainClientIsToldSo(t *testing.T) {
	_, l := listenTLS(t, t.TempDir(), io.Discard)
	for _, says := range []string{"\n", "NICK alice\nJOIN go\n", "GET / HTTP/1.1\r\n\r\n", strings.Repeat("x", 10_000)} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, says)
		if got, err := io.ReadAll(c); string(got) != ByePlain+"\n" || err != nil {
			t.Errorf("who says %.20q gets %q, %v", says, got, err)
		}
		_ = c.Close()
	}
}

// So does one that says nothing.
func TestSilentClientIsToldThatItIsPlain(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile, _ := pairIn(t, dir)
	synctest.Test(t, func(t *testing.T) {
		config, err := LoadTLS(certFile, keyFile, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		var bound Handshakes
		inner := newPipeListener()
		l := bound.listen(inner, Options{Log: config.log}, config.shake)
		got, err := io.ReadAll(inner.connect("10.0.0.1"))
		if string(got) != ByePlain+"\n" || err != nil {
			t.Errorf("it gets %q, %v", got, err)
		}
		_ = l.Close()
	})
}

// 300 silent peers of one address hold up nobody's handshake, of that address or another.
func TestSilentPeersHoldUpNoTLSHandshake(t *testing.T) {
	_, l := listenTLS(t, t.TempDir(), io.Discard)
	for range 300 {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	for range 20 {
		dialTLS(t, l, &tls.Config{})
	}
}
