package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"

	"golang.org/x/crypto/ssh"

	"linechat/scripts/harness"
)

// A door is a way into a server. The zero value is plain TCP.
type door struct {
	scheme string   // of --listen
	flags  []string // of chatd, for its side

	// secure encrypts a new connection; nil: there is no encryption. Closing what is
	// below closes the result.
	secure func(raw net.Conn) (net.Conn, error)
}

// dial connects through the door. The connection is closed when ctx ends.
func (d door) dial(ctx context.Context, address string) (*harness.Client, error) {
	c, err := harness.Dial(ctx, "tcp", address)
	if err != nil || d.secure == nil {
		return c, err
	}
	secured, err := d.secure(c.Conn)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return harness.NewClient(secured), nil
}

// tlsDoor has the program make a certificate in dir, which its clients verify.
func tlsDoor(ctx context.Context, program, dir string) (door, error) {
	if out, err := exec.CommandContext(ctx, program, "cert", dir).CombinedOutput(); err != nil {
		return door{}, fmt.Errorf("making a certificate: %w\n%s", err, out)
	}
	certificate := filepath.Join(dir, "cert.pem")
	text, err := os.ReadFile(certificate)
	if err != nil {
		return door{}, err
	}
	config := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1"}
	config.RootCAs.AppendCertsFromPEM(text)
	return door{
		scheme: "tls://",
		flags:  []string{"--tls-cert", certificate, "--tls-key", filepath.Join(dir, "key.pem")},
		secure: func(raw net.Conn) (net.Conn, error) {
			c := tls.Client(raw, config)
			return c, c.Handshake()
		},
	}, nil
}

// sshDoor is one whose clients are guests without a terminal.
func sshDoor() door {
	return door{scheme: "ssh://", secure: func(raw net.Conn) (net.Conn, error) {
		noAnswers := func(string, string, []string, []bool) ([]string, error) { return nil, nil }
		conn, channels, requests, err := ssh.NewClientConn(raw, "", &ssh.ClientConfig{
			Auth:            []ssh.AuthMethod{ssh.KeyboardInteractive(noAnswers)},
			HostKeyCallback: ssh.InsecureIgnoreHostKey(), // the server is on loopback, and made its key just now
		})
		if err != nil {
			return nil, err
		}
		session, err := ssh.NewClient(conn, channels, requests).NewSession()
		if err != nil {
			return nil, err
		}
		return newSSHConn(raw, session)
	}}
}

// An sshConn is the session of an SSH connection. Its addresses, its deadlines and its Close
// are those of the connection below.
type sshConn struct {
	net.Conn
	out io.Writer
	in  io.Reader
}

func newSSHConn(raw net.Conn, session *ssh.Session) (c *sshConn, err error) {
	c = &sshConn{Conn: raw}
	if c.out, err = session.StdinPipe(); err != nil {
		return nil, err
	}
	if c.in, err = session.StdoutPipe(); err != nil {
		return nil, err
	}
	return c, session.Shell()
}

func (c *sshConn) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *sshConn) Write(p []byte) (int, error) { return c.out.Write(p) }
