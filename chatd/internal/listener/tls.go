package listener

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// ByePlain is what a client reads that speaks no TLS on a port of TLS (protocol.md, "How a
// connection ends").
const ByePlain = "BYE plain this port speaks TLS: use chat --server tls://HOST:PORT, or openssl s_client -quiet -connect HOST:PORT"

// A TLS is the certificate of TLS listeners, which is read again when its files change. Its
// methods may be called from any goroutine.
type TLS struct {
	certFile, keyFile string
	log               *slog.Logger
	config            *tls.Config
	pair              atomic.Pointer[pair]
}

// A pair is a certificate with its key, and what the files were when they were read last,
// whether or not that failed.
type pair struct {
	certificate *tls.Certificate
	files       [2]os.FileInfo
}

// LoadTLS reads a certificate and its key, each in PEM. What is read later is logged.
func LoadTLS(certFile, keyFile string, log *slog.Logger) (*TLS, error) {
	t := &TLS{certFile: certFile, keyFile: keyFile, log: log}
	first, err := t.read()
	if err != nil {
		return nil, err
	}
	t.pair.Store(first)
	t.config = &tls.Config{
		MinVersion:             tls.VersionTLS12,
		SessionTicketsDisabled: true,                  // a session that is resumed has proved no key
		ClientAuth:             tls.RequestClientCert, // any: its key proves an account, or nothing
		GetCertificate:         t.certificate,

		DynamicRecordSizingDisabled: true, // else the lines of a batch are sent one packet at a time
	}
	return t, nil
}

func (t *TLS) read() (*pair, error) {
	p := &pair{files: t.stat()} // before they are read, so that no change is missed
	certificate, err := tls.LoadX509KeyPair(t.certFile, t.keyFile)
	if err != nil {
		return p, fmt.Errorf("the certificate %s with the key %s: %w", t.certFile, t.keyFile, err)
	}
	p.certificate = &certificate
	return p, nil
}

// stat returns what the files are, nil for one that is missing.
func (t *TLS) stat() (files [2]os.FileInfo) {
	for i, name := range []string{t.certFile, t.keyFile} {
		files[i], _ = os.Stat(name)
	}
	return files
}

// Reload reads the files again. After an error, which is logged, the pair that was read
// before stays in use.
func (t *TLS) Reload() { t.replace(t.pair.Load()) }

// replace reads the pair that takes the place of old, unless another goroutine was first.
func (t *TLS) replace(old *pair) {
	read, err := t.read()
	if err != nil {
		read.certificate = old.certificate
	}
	switch {
	case !t.pair.CompareAndSwap(old, read):
	case err != nil:
		t.log.Error("the certificate was not read again, and the one before stays in use", "err", err)
	default:
		t.log.Info("read again", "certificate", t.certFile)
	}
}

// certificate returns the certificate for a handshake, read again if its files have changed.
func (t *TLS) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p, files := t.pair.Load(), t.stat()
	if !unchanged(p.files[0], files[0]) || !unchanged(p.files[1], files[1]) {
		t.replace(p)
	}
	return t.pair.Load().certificate, nil
}

// NotAfter returns when the certificate expires.
func (t *TLS) NotAfter() time.Time { return t.pair.Load().certificate.Leaf.NotAfter }

// unchanged reports whether a file, or nil if it is missing, is what it was.
func unchanged(before, now os.FileInfo) bool {
	if before == nil || now == nil {
		return before == nil && now == nil
	}
	return os.SameFile(before, now) && before.ModTime().Equal(now.ModTime()) && before.Size() == now.Size()
}

// shake makes a TLS session of a connection.
func (t *TLS) shake(ctx context.Context, c net.Conn) (net.Conn, error) {
	secure := tls.Server(&sniffer{Conn: c, first: handshakeRecord}, t.config)
	if err := secure.HandshakeContext(ctx); err != nil {
		if errors.Is(err, errOther) {
			bye(c, ByePlain)
		}
		return nil, err
	}
	return newTLSConn(secure), nil
}

// handshakeRecord is the first byte of a TLS client (RFC 8446, section 5.1).
const handshakeRecord = 22

// A tlsConn is a TLS session with what it has proved.
type tlsConn struct {
	*tls.Conn
	identity Identity
}

func newTLSConn(c *tls.Conn) *tlsConn {
	id := Identity{Door: DoorTLS, Encrypted: true}
	if proved := c.ConnectionState().PeerCertificates; len(proved) > 0 {
		id.Key = Key{Kind: "tls", Fingerprint: Fingerprint(proved[0].RawSubjectPublicKeyInfo), Comment: proved[0].Subject.CommonName}
	}
	return &tlsConn{c, id}
}

// Identity is what IdentityOf returns.
func (c *tlsConn) Identity() Identity { return c.identity }

// Fingerprint returns the fingerprint of a public key in its encoding, as ssh-keygen -l
// prints those of ssh.
func Fingerprint(key []byte) string {
	sum := sha256.Sum256(key)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}
