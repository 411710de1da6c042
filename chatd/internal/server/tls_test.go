package server

import (
	"bufio"
	"context"
	cryptotls "crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"linechat/chatd/internal/listener"
)

// connectTLS is connect, over TLS.
func connectTLS(t *testing.T, srv *Server) *peer {
	t.Helper()
	near, far := net.Pipe()
	server := cryptotls.Server(near, &cryptotls.Config{Certificates: []cryptotls.Certificate{certificate(t)}})
	go func() {
		if server.Handshake() == nil {
			srv.admit(server)
		}
	}()
	client := cryptotls.Client(far, &cryptotls.Config{InsecureSkipVerify: true})
	p := &peer{t, client, bufio.NewReader(client)}
	p.want("HELLO ")
	return p
}

// serveTLS serves srv on a port of TLS until the test ends.
func serveTLS(t *testing.T, srv *Server) (address string) {
	t.Helper()
	pair := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := slog.New(slog.DiscardHandler)
	loaded, err := listener.LoadTLS(certFile, keyFile, log)
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, srv, "tls://127.0.0.1:0", listener.Options{Log: log, Handshakes: &listener.Handshakes{}, TLS: loaded})
}

func dialTLS(t *testing.T, address string) *peer {
	t.Helper()
	c, err := cryptotls.Dial("tcp", address, &cryptotls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	p := &peer{t, c, bufio.NewReader(c)}
	p.want("HELLO ")
	return p
}

// Sessions over TLS are as others are: they are in one room with these, their nick is taken
// over by its key, and a stop tells those that are idle.
func TestSessionsOverTLS(t *testing.T) {
	srv := newTestServer(t)
	plain, secure := serve(t, srv), serveTLS(t, srv)
	alice, bob := dial(t, plain), dialTLS(t, secure)
	alice.join("alice")
	bob.join("bob")
	bob.do("POST hi", "MSG go 1 bob hi")
	bob.want("OK POST go 1")
	alice.want("MSG go 1 bob hi")
	bob.do("NICK bob s3cret", "OK NICK bob")
	dialTLS(t, secure).do("NICK bob s3cret", "OK NICK bob")
	bob.want("BYE replaced")
	bob.closed()

	idle := dialTLS(t, secure)
	quits := dialTLS(t, secure)
	quits.do("QUIT", "OK QUIT")
	quits.want("BYE quit")
	quits.closed()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Errorf("shutting down: %v", err)
	}
	idle.want("BYE shutdown")
	idle.closed()
}

// closed checks that the peer's input ends in order, which in TLS has a message of its own.
func (p *peer) closed() {
	p.t.Helper()
	if rest, err := p.in.ReadString('\n'); rest != "" || err != io.EOF {
		p.t.Errorf("instead of the end there is %q, %v", rest, err)
	}
}

// cut closes the peer's connection without a message of TLS, which would wait for its reader.
func (p *peer) cut() {
	raw := p.Conn
	if secure, ok := raw.(*cryptotls.Conn); ok {
		raw = secure.NetConn()
	}
	_ = raw.Close()
}
