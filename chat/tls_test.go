package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/scripts/harness"
)

// TestTLS: what makes a server's certificate trusted, what is said of one that is not, and
// that a client certificate is shown.
func TestTLS(t *testing.T) {
	t.Parallel()
	d, dir := startDaemon(t), t.TempDir()
	server, fingerprint := writeCertificate(t, dir, "server")
	_, mine := writeCertificate(t, dir, "mine")
	shown := make(chan string, 10)
	front := serveTLS(t, d.Address, &tls.Config{
		Certificates: []tls.Certificate{server}, ClientAuth: tls.RequestClientCert,
		VerifyConnection: func(s tls.ConnectionState) error {
			who := "none"
			if len(s.PeerCertificates) > 0 {
				who = client.FingerprintOf(s.PeerCertificates[0])
			}
			shown <- who
			return nil
		},
	})
	over := &daemon{t, &harness.Chatd{Address: "tls://" + front}}
	over.do("", "--fingerprint", fingerprint, "post", "go", "pinned")
	if who := <-shown; who != "none" {
		t.Errorf("shown was %s", who)
	}
	over.do("", "--tls-ca", filepath.Join(dir, "server.pem"), "--tls-cert", filepath.Join(dir, "mine.pem"), "--tls-key", filepath.Join(dir, "mine.key"), "post", "go", "signed")
	if who := <-shown; who != mine {
		t.Errorf("shown was %s, not %s", who, mine)
	}
	if texts := d.texts("go"); strings.Join(texts, " ") != "pinned signed" {
		t.Errorf("posted were %q", texts)
	}
	for flag, want := range map[string]string{
		"--fingerprint=" + mine: "cannot be trusted: the server's fingerprint is " + fingerprint + ", not " + mine,
		"--utc":                 "cannot be trusted: x509: certificate signed by unknown authority .*--fingerprint " + fingerprint,
	} {
		r := over.chat(flag, "rooms")
		r.ends(exitUnreachable)
		r.says(strings.ReplaceAll(want, "+", `\+`))
	}
}

// serveTLS joins connections over TLS to those of a server without it, until the test
// ends, and returns where.
func serveTLS(t *testing.T, plain string, config *tls.Config) (address string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	var joined sync.WaitGroup
	join := func(to, from net.Conn) {
		joined.Go(func() {
			defer to.Close()
			_, _ = io.Copy(to, from) // until one of the two ends
		})
	}
	joined.Go(func() {
		for {
			outer, err := l.Accept()
			if err != nil {
				return
			}
			inner, err := net.Dial("tcp", plain)
			if err != nil {
				_ = outer.Close()
				continue
			}
			join(outer, inner)
			join(inner, outer)
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		joined.Wait()
	})
	return l.Addr().String()
}

// writeCertificate makes a certificate for this machine, which is its own authority, and
// writes it and its key to two files.
func writeCertificate(t *testing.T, dir, name string) (pair tls.Certificate, fingerprint string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name+file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pair, err = tls.LoadX509KeyPair(filepath.Join(dir, name+".pem"), filepath.Join(dir, name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return pair, client.FingerprintOf(pair.Leaf)
}
