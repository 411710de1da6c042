package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// TestTLS: a certificate is checked, and one that is not trusted is not tried
// again.
func TestTLS(t *testing.T) {
	certificate, roots := selfSigned(t)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() { serveTLS(l) })
	defer served.Wait()
	defer l.Close()
	server := "tls://" + l.Addr().String()
	c, err := client.Dial(t.Context(), client.Config{Server: server, TLS: &tls.Config{RootCAs: roots}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Session().Nick != "guest-1" {
		t.Errorf("the nick is %s", c.Session().Nick)
	}
	_ = c.Close()
	_, err = client.Dial(t.Context(), client.Config{Server: server, DialTimeout: time.Hour})
	var untrusted *tls.CertificateVerificationError
	if !errors.As(err, &untrusted) || !errors.Is(err, client.ErrConnect) {
		t.Errorf("without trust: %v", err)
	}
}

// serveTLS is a server that lets its clients go as soon as they are connected.
func serveTLS(l net.Listener) {
	for {
		n, err := l.Accept()
		if err != nil {
			return
		}
		_ = n.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = n.Write([]byte("HELLO chatd/1 guest-1 hi\n"))
		_, _ = n.Read(make([]byte, 100)) // FORMAT
		_, _ = n.Write([]byte(`{"type":"ok","verb":"FORMAT"}` + "\n"))
		_, _ = n.Read(make([]byte, 100)) // QUIT
		_, _ = n.Write([]byte(`{"type":"ok","verb":"QUIT"}` + "\n" + `{"type":"bye","code":"quit"}` + "\n"))
		_ = n.Close()
	}
}

// selfSigned makes a certificate for 127.0.0.1.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	roots := x509.NewCertPool()
	roots.AddCert(must[*x509.Certificate](t)(x509.ParseCertificate(der)))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

// TestConfig: what cannot be used is said before anything is tried.
func TestConfig(t *testing.T) {
	for _, config := range []client.Config{
		{}, {Server: "localhost"}, {Server: "localhost:"}, {Server: "unix://"}, {Server: "http://localhost:80"}, {Server: "tls://localhost"},
		{Server: "localhost:5001", Key: "two words"}, {Server: "localhost:5001", Key: "one\nQUIT"},
	} {
		if _, err := client.Dial(t.Context(), config); !errors.Is(err, client.ErrConfig) {
			t.Errorf("%+v: %v", config, err)
		}
	}
	var refused *proto.Error
	if _, err := client.Dial(t.Context(), client.Config{Server: "localhost:5001", Nick: "no blanks"}); !errors.As(err, &refused) || refused.Code != proto.BadName {
		t.Errorf("a bad nick: %v", err)
	}
	if _, err := client.Dial(t.Context(), client.Config{Server: "unix://" + filepath.Join(t.TempDir(), "none"), DialTimeout: -1}); !errors.Is(err, client.ErrConnect) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client.Dial(ctx, client.Config{Server: "unix:///none", DialTimeout: time.Hour})
	if !errors.Is(err, context.Canceled) || !errors.Is(err, client.ErrConnect) {
		t.Errorf("given up: %v", err)
	}
}
