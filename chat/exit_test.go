//go:build unix

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// TestExitCode: each error has its exit code, and one line of what to do next.
func TestExitCode(t *testing.T) {
	lost := func(err error) error { return fmt.Errorf("%w: %w", client.ErrLost, err) }
	noConnection := func(err error) error { return fmt.Errorf("%w: %w", client.ErrConnect, err) }
	const gaveUp = " (gave up after 5m0s; --reconnect-timeout sets how long)"
	for _, c := range []struct {
		err  error
		code int
		said string
	}{
		{nil, exitOK, ""},
		{errReaderGone, exitOK, ""},
		{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, exitOK, ""},
		{&fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}, exitRefused, "write /dev/stdout: no space left on device"},
		{usage(errors.New("no")), exitUsage, "no (chat --help says more)"},
		{fmt.Errorf("%w: no", client.ErrConfig), exitUsage, "no (chat --help says more)"},
		{noConnection(client.ErrProtocol), exitUnreachable, "host:1 answers, but it does not speak chatd/1 (is it chatd? --server names another)"},
		{noConnection(&net.DNSError{Err: "no such host", Name: "host"}), exitUnreachable, "cannot reach host:1: no such host (is chatd running? --server names another)"},
		{noConnection(syscall.ECONNREFUSED), exitUnreachable, "cannot reach host:1: connection refused (is chatd running? --server names another)"},
		{noConnection(fmt.Errorf("%w: the server's fingerprint is SHA256:a, not SHA256:b", client.ErrFingerprint)), exitUnreachable, "host:1 cannot be trusted: the server's fingerprint is SHA256:a, not SHA256:b (on the server's machine, chatd cert prints the right one)"},
		{noConnection(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}, UnverifiedCertificates: []*x509.Certificate{{}}}), exitUnreachable,
			"host:1 cannot be trusted: x509: certificate signed by unknown authority (--tls-ca names a file with the certificate of its authority; --fingerprint SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU trusts this certificate, if it is the server's)"},
		{noConnection(tls.RecordHeaderError{}), exitUnreachable, "cannot reach host:1: it does not speak TLS; one that does not is host:port (is chatd running? --server names another)"},
		{noConnection(client.ServerErrors{{Server: "a:1", Err: syscall.ECONNREFUSED}, {Server: "b:1", Err: client.ErrProtocol}}), exitUnreachable,
			"cannot reach a:1: connection refused (is chatd running? --server names another)\nchat: b:1 answers, but it does not speak chatd/1 (is it chatd? --server names another)"},
		{client.ErrReplaced, exitLost, "another connection took over the nick with its key"},
		{lost(io.EOF), exitLost, "lost the connection to host:1: the server closed it" + gaveUp},
		{lost(client.ErrProtocol), exitLost, "lost the connection to host:1: it does not speak chatd/1" + gaveUp},
		{lost(&net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)}), exitLost, "lost the connection to host:1: broken pipe" + gaveUp},
		{client.ErrUnread, exitLost, "lost the connection to host:1: client: too many events wait to be taken" + gaveUp},
		{&proto.Error{Code: client.NoSuchRoom, Text: "no"}, exitRefused, "there is no room go (chat rooms lists the rooms)"},
		{&proto.Error{Code: client.NickTaken, Text: "no"}, exitRefused, "the nick bob, or one that looks like it, is in use (--nick chooses another, --key-file has its key)"},
		{&proto.Error{Code: client.NickRegistered, Text: "no"}, exitRefused, "the nick bob belongs to an account (--login bob logs in to it, --nick chooses another)"},
		{&proto.Error{Code: client.LoginRequired, Text: "no"}, exitRefused, "the server admits no guests (--login logs in to an account)"},
		{&proto.Error{Code: client.BadLogin, Text: "no such account, or another password"}, exitRefused, "not logged in as carol: no such account, or another password"},
		{fmt.Errorf("%w: by alice", client.ErrEnded), exitLost, "the session was ended: by alice"},
		{&proto.Error{Code: client.StoreFailed, Text: "the disk is full"}, exitRefused, "the disk is full"},
		{errors.New("something else"), exitRefused, "something else"},
	} {
		f, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
		if err != nil {
			t.Fatal(err)
		}
		p := &program{options: &options{server: "host:1", nick: "bob", login: loginOptions{account: "carol"}, reconnect: 5 * time.Minute}, args: []string{"go"}, diag: &diagnostics{w: f}}
		code := p.exitCode(t.Context(), p.root(), c.err)
		said, err := os.ReadFile(f.Name())
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		if c.said != "" {
			c.said = "chat: " + c.said + "\n"
		}
		if code != c.code || string(said) != c.said {
			t.Errorf("%v: exit code %d and %q, want %d and %q", c.err, code, said, c.code, c.said)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p := &program{options: &options{}, diag: &diagnostics{}}
	if code := p.exitCode(ended, p.root(), context.Canceled); code != exitInterrupted {
		t.Errorf("after a signal the exit code is %d", code)
	}
	for name, code := range map[string]int{"refused": exitRefused - 1, "usage": exitUsage - 2, "unreachable": exitUnreachable - 3, "lost": exitLost - 4, "interrupted": exitInterrupted - 130} {
		if code != 0 {
			t.Errorf("the exit code of %s is off by %d", name, code)
		}
	}
}
