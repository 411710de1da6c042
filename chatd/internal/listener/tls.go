package listener

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
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

	mu     sync.Mutex
	pair   *tls.Certificate
	files  [2]stamp  // when pair was read
	looked time.Time // when files were compared last
}

// A stamp tells whether a file has changed.
type stamp struct {
	time time.Time
	size int64
}

// lookEvery is how often the files are looked at, when somebody connects.
const lookEvery = time.Second

// LoadTLS reads a certificate and its key, each in PEM.
func LoadTLS(certFile, keyFile string, log *slog.Logger) (*TLS, error) {
	t := &TLS{certFile: certFile, keyFile: keyFile, log: log}
	return t, t.Reload()
}

// Reload reads the files again. After an error the pair that was read before stays in use.
func (t *TLS) Reload() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.load()
}

func (t *TLS) load() error {
	files := t.stamps() // before they are read, so that no change is missed
	pair, err := tls.LoadX509KeyPair(t.certFile, t.keyFile)
	t.files = files
	if err != nil {
		return fmt.Errorf("the certificate %s with the key %s: %w", t.certFile, t.keyFile, err)
	}
	t.pair = &pair
	return nil
}

func (t *TLS) stamps() (files [2]stamp) {
	for i, name := range []string{t.certFile, t.keyFile} {
		if info, err := os.Stat(name); err == nil {
			files[i] = stamp{info.ModTime(), info.Size()}
		}
	}
	return files
}

// certificate returns the pair for a handshake, read again if its files have changed.
func (t *TLS) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := time.Now(); now.Sub(t.looked) >= lookEvery {
		t.looked = now
		if t.stamps() != t.files {
			if err := t.load(); err != nil {
				t.log.Error("the certificate was not read again, and the one before stays in use", "err", err)
			} else {
				t.log.Info("read again", "certificate", t.certFile)
			}
		}
	}
	return t.pair, nil
}

// config asks for client certificates and takes any: its key proves an account, or nothing.
func (t *TLS) config() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS12,
		SessionTicketsDisabled: true, // a session that is resumed has proved no key
		ClientAuth:             tls.RequestClientCert,
		GetCertificate:         t.certificate,
	}
}

// shake makes a TLS session of a connection.
func (t *TLS) shake(ctx context.Context, c net.Conn) (net.Conn, error) {
	secure := tls.Server(&sniffer{Conn: c}, t.config())
	if err := secure.HandshakeContext(ctx); err != nil {
		if errors.Is(err, errPlain) {
			bye(c)
		}
		return nil, err
	}
	return newTLSConn(secure), nil
}

// errPlain: the peer does not begin as TLS does.
var errPlain = errors.New("the peer speaks no TLS")

// A sniffer fails where the first byte is not that of a TLS handshake (RFC 8446, section
// 5.1), or where none comes.
type sniffer struct {
	net.Conn
	begun bool
}

// Read implements net.Conn.
func (s *sniffer) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p)
	if s.begun {
		return n, err
	}
	const handshakeRecord = 22
	if n > 0 && p[0] != handshakeRecord || n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, errPlain
	}
	s.begun = s.begun || n > 0
	return n, err
}

// bye says ByePlain, and waits a moment for the peer to read it: to close a connection with
// unread input takes what was written with it.
func bye(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(byeTimeout / 2))
	if _, err := io.WriteString(c, ByePlain+"\n"); err != nil {
		return
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(c, 64<<10))
}

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
