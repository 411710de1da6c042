package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"linechat/chatd/internal/spectest"
	"linechat/scripts/harness"
)

// A doors is the ways into one daemon.
type doors struct {
	addresses map[string]string // by door
	roots     *x509.CertPool    // that its certificate verifies by
}

// openDoors starts a daemon with the flags and the doors that a transcript needs.
func openDoors(t *testing.T, tr spectest.Transcript, args ...string) *doors {
	t.Helper()
	d := &doors{addresses: map[string]string{"": ""}}
	args = append(args, tr.Args...)
	order := []string{""}
	for _, s := range tr.Steps {
		if s.Mark != "=" {
			continue
		}
		door := wayOf(t, s).Door
		if _, known := d.addresses[door]; known {
			continue
		}
		d.addresses[door] = ""
		switch door {
		case "admin":
			dir := t.TempDir()
			if err := os.Chmod(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			d.addresses[door] = filepath.Join(dir, "admin.sock")
			args = append(args, "--admin", d.addresses[door])
			continue
		case "unix":
			args = append(args, "--listen", "unix://"+filepath.Join(t.TempDir(), "socket"))
		case "tls":
			args = append(args, d.certificate(t)...)
			args = append(args, "--listen", "tls://127.0.0.1:0")
		case "ssh":
			args = append(args, "--listen", "ssh://127.0.0.1:0")
		}
		order = append(order, door)
	}
	addresses, _ := startListening(t, args...)
	for i, door := range order {
		_, address, found := strings.Cut(addresses[i], "://")
		if !found {
			address = addresses[i]
		}
		d.addresses[door] = address
	}
	return d
}

func wayOf(t *testing.T, s spectest.Step) spectest.Way {
	t.Helper()
	if s.Mark != "=" {
		return spectest.Way{}
	}
	way, err := spectest.ParseWay(s.Text)
	if err != nil {
		t.Fatalf("protocol.md:%d: %v", s.Line, err)
	}
	return way
}

// certificate makes one for the daemon, and returns the flags for it.
func (d *doors) certificate(t *testing.T) []string {
	t.Helper()
	made := selfSigned(t, spectest.Key("chatd"))
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	flags := []string{"--tls-cert", filepath.Join(dir, "cert.pem"), "--tls-key", filepath.Join(dir, "key.pem")}
	for i, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: made.Certificate[0]}, {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(flags[2*i+1], pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d.roots = x509.NewCertPool()
	d.roots.AddCert(made.Leaf)
	return flags
}

func selfSigned(t *testing.T, key ed25519.PrivateKey) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// enter connects the client of a step, which names it for the first time.
func (d *doors) enter(t *testing.T, s spectest.Step) *client {
	t.Helper()
	way := wayOf(t, s)
	network := map[string]string{"unix": "unix", "admin": "unix"}[way.Door]
	if network == "" {
		network = "tcp"
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), network, d.addresses[way.Door])
	if err == nil {
		context.AfterFunc(t.Context(), func() { _ = conn.Close() })
		switch way.Door {
		case "tls":
			conn, err = d.overTLS(t, conn, way)
		case "ssh":
			conn, err = overSSH(conn, way)
		}
	}
	if err != nil {
		t.Fatalf("protocol.md:%d: %v", s.Line, err)
	}
	c := &client{t, harness.NewClient(conn)}
	c.Timeout = patience
	return c
}

func (d *doors) overTLS(t *testing.T, conn net.Conn, way spectest.Way) (net.Conn, error) {
	config := &tls.Config{RootCAs: d.roots, ServerName: "127.0.0.1"}
	if way.Key != "" {
		config.Certificates = []tls.Certificate{selfSigned(t, spectest.Key(way.Key))}
	}
	c := tls.Client(conn, config)
	return c, c.HandshakeContext(t.Context())
}

// An sshConn is the channel of an ssh connection.
type sshConn struct {
	net.Conn // the one underneath, for deadlines and addresses
	ssh.Channel
}

func (c sshConn) Read(p []byte) (int, error)  { return c.Channel.Read(p) }
func (c sshConn) Write(p []byte) (int, error) { return c.Channel.Write(p) }
func (c sshConn) Close() error                { return c.Conn.Close() }

// SetDeadline implements net.Conn. What came before ssh closed the connection can be read.
func (c sshConn) SetDeadline(t time.Time) error {
	if err := c.Conn.SetDeadline(t); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// overSSH begins what ssh -T does.
func overSSH(conn net.Conn, way spectest.Way) (net.Conn, error) {
	auth := []ssh.AuthMethod{ssh.KeyboardInteractive(func(_, _ string, questions []string, _ []bool) ([]string, error) {
		return make([]string, len(questions)), nil
	})}
	if way.Key != "" {
		signer, err := ssh.NewSignerFromKey(spectest.Key(way.Key))
		if err != nil {
			return nil, err
		}
		auth = append([]ssh.AuthMethod{ssh.PublicKeys(signer)}, auth...)
	}
	c, channels, requests, err := ssh.NewClientConn(conn, "chatd", &ssh.ClientConfig{
		User: way.User, Auth: auth, HostKeyCallback: ssh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return nil, err
	}
	client := ssh.NewClient(c, channels, requests) // its goroutines end with conn
	channel, more, err := client.OpenChannel("session", nil)
	if err != nil {
		return nil, err
	}
	go ssh.DiscardRequests(more) // likewise
	go func() { _, _ = io.Copy(io.Discard, channel.Stderr()) }()
	_, err = channel.SendRequest("shell", true, nil)
	return sshConn{conn, channel}, err
}
