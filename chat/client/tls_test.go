package client_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/servertest"
)

// TestTLS: a certificate is checked, by its authority or by its fingerprint alone, and
// one that is not trusted is not tried again.
func TestTLS(t *testing.T) {
	certificate, roots := selfSigned(t, "127.0.0.1")
	other, _ := selfSigned(t, "127.0.0.1")
	foreign, foreignRoots := selfSigned(t, "192.0.2.1")
	fingerprint := client.FingerprintOf(certificate.Leaf)
	good := "tls://" + serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}})
	misnamed := "tls://" + serveTLS(t, &tls.Config{Certificates: []tls.Certificate{foreign}})
	for _, test := range []struct {
		name   string
		config client.Config
		want   error // nil: it connects; otherwise errors.Is or, for a type, errors.As
	}{
		{"authority", client.Config{Server: good, TLS: &tls.Config{RootCAs: roots}}, nil},
		{"fingerprint", client.Config{Server: good, Fingerprint: fingerprint}, nil},
		{"fingerprint beside a configuration", client.Config{Server: good, TLS: &tls.Config{RootCAs: foreignRoots}, Fingerprint: fingerprint}, nil},
		{"fingerprint for another name", client.Config{Server: misnamed, Fingerprint: client.FingerprintOf(foreign.Leaf)}, nil},
		{"fingerprint that one of several has", client.Config{Server: misnamed + "," + good, Fingerprint: fingerprint}, nil},
		{"fingerprint that none of several has", client.Config{Server: misnamed + "," + good, Fingerprint: noFingerprint}, client.ErrFingerprint},
		{"no authority", client.Config{Server: good}, untrusted},
		{"another name", client.Config{Server: misnamed, TLS: &tls.Config{RootCAs: foreignRoots}}, untrusted},
		{"another fingerprint", client.Config{Server: good, TLS: &tls.Config{RootCAs: roots}, Fingerprint: client.FingerprintOf(other.Leaf)}, client.ErrFingerprint},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.config.DialTimeout = time.Hour
			c, err := client.Dial(t.Context(), test.config)
			if err == nil {
				defer c.Close()
			}
			if test.want == nil && err != nil || test.want != nil && (!errors.Is(err, client.ErrConnect) || !matches(err, test.want)) {
				t.Errorf("the error is %v, not %v", err, test.want)
			}
		})
	}
}

// TestFingerprintError: both fingerprints are named.
func TestFingerprintError(t *testing.T) {
	certificate, _ := selfSigned(t, "127.0.0.1")
	server := "tls://" + serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}})
	_, err := client.Dial(t.Context(), client.Config{Server: server, Fingerprint: noFingerprint})
	want := "client: cannot connect: client: another certificate: the server's fingerprint is " + client.FingerprintOf(certificate.Leaf) + ", not " + noFingerprint
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v, not %s", err, want)
	}
}

// TestClientCertificate: the server gets the certificate of the configuration, also
// beside a fingerprint.
func TestClientCertificate(t *testing.T) {
	certificate, _ := selfSigned(t, "127.0.0.1")
	mine, _ := selfSigned(t, "alice")
	got := make(chan string, 1)
	server := "tls://" + serveTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequestClientCert,
		VerifyConnection: func(s tls.ConnectionState) error {
			for _, c := range s.PeerCertificates {
				got <- client.FingerprintOf(c)
			}
			return nil
		}})
	c, err := client.Dial(t.Context(), client.Config{
		Server: server, TLS: &tls.Config{Certificates: []tls.Certificate{mine}}, Fingerprint: client.FingerprintOf(certificate.Leaf),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := <-got; got != client.FingerprintOf(mine.Leaf) {
		t.Errorf("the server got %s", got)
	}
}

// TestPlainForTLS: a server without TLS is not tried again as one with it.
func TestPlainForTLS(t *testing.T) {
	l := listen(t)
	serve(t, l)
	var record tls.RecordHeaderError
	_, err := client.Dial(t.Context(), client.Config{Server: "tls://" + l.Addr().String(), DialTimeout: time.Hour})
	if !errors.Is(err, client.ErrConnect) || !errors.As(err, &record) {
		t.Errorf("the error is %v", err)
	}
}

// TestTooManyBeforeTLS: a server that has no place for a connection of TLS is tried again.
func TestTooManyBeforeTLS(t *testing.T) {
	l := listen(t)
	defer l.Close()
	refused := make(chan error, 2)
	go func() {
		for range cap(refused) {
			c, err := l.Accept()
			if err == nil {
				_, err = io.WriteString(c, "BYE too-many your address makes more than 10 connections a second; wait 0.1 seconds\n")
				_ = c.Close()
			}
			refused <- err
		}
	}()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("tried again")
	go func() {
		cancel(errors.Join(<-refused, <-refused, stop))
	}()
	_, err := client.Dial(ctx, client.Config{Server: "tls://" + l.Addr().String(), DialTimeout: time.Hour})
	if !errors.Is(err, stop) {
		t.Errorf("the error is %v", err)
	}
}

const noFingerprint = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// untrusted stands for any certificate that TLS does not trust.
var untrusted = &tls.CertificateVerificationError{}

func matches(err, want error) bool {
	if want == untrusted {
		return errors.As(err, new(*tls.CertificateVerificationError))
	}
	return errors.Is(err, want)
}

// noDial is never called.
func noDial(context.Context) (net.Conn, error) { return nil, errors.New("dialled") }

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serveTLS serves chatd over TLS, and returns where.
func serveTLS(t *testing.T, config *tls.Config) (address string) {
	t.Helper()
	l := listen(t)
	serve(t, tls.NewListener(l, config))
	return l.Addr().String()
}

// serve joins each connection to one of a chatd in memory, until the test ends.
func serve(t *testing.T, l net.Listener) {
	s := servertest.New(servertest.Config{})
	var joined sync.WaitGroup
	joined.Go(func() {
		for {
			outer, err := l.Accept()
			if err != nil {
				return
			}
			inner, err := s.Dial(context.Background())
			if err != nil {
				_ = outer.Close()
				return
			}
			copyTo := func(to, from net.Conn) {
				defer to.Close()
				_, _ = io.Copy(to, from) // until one of the two ends
			}
			joined.Go(func() { copyTo(outer, inner) })
			joined.Go(func() { copyTo(inner, outer) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.Close()
		joined.Wait()
	})
}

// selfSigned makes a certificate for a host, which is its own authority.
func selfSigned(t *testing.T, host string) (tls.Certificate, *x509.CertPool) {
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	}
	der := must[[]byte](t)(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	leaf := must[*x509.Certificate](t)(x509.ParseCertificate(der))
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, roots
}
