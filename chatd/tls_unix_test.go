//go:build unix

package main

import (
	"crypto/tls"
	"path/filepath"
	"syscall"
	"testing"

	"linechat/chatd/internal/listener"
)

// After the signal to reload new connections get the pair that the files hold, and one that
// there was goes on.
func TestTLSPairIsReadAgainOnTheSignal(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "pair")
	succeed(t, "cert", dir, "localhost")
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	addresses, signals := startListening(t, "--memory", "--listen", "tls://127.0.0.1:0", "--tls-cert", cert, "--tls-key", key)
	before := dialTLS(t, addresses[1])
	before.do("", "HELLO ")
	for _, file := range []string{cert, key} {
		if err := syscall.Unlink(file); err != nil {
			t.Fatal(err)
		}
	}
	want := succeed(t, "cert", dir, "localhost")
	for range 2 { // when the second one is taken, the first is carried out
		signals <- syscall.SIGHUP
	}
	shown := dialTLS(t, addresses[1]).Conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
	if got := listener.Fingerprint(shown.RawSubjectPublicKeyInfo) + "\n"; got != want {
		t.Errorf("after the signal the fingerprint is %q, not %q", got, want)
	}
	before.do("PING", "OK PING")
}
