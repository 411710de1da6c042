package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"linechat/chat/client"
	"linechat/chat/internal/terminal"
	"linechat/chatd/proto"
)

// Exit codes.
const (
	exitOK          = 0
	exitRefused     = 1 // by the server, or something else failed
	exitUsage       = 2
	exitUnreachable = 3 // no connection was made
	exitLost        = 4 // and not to be had again
	exitInterrupted = 130
)

// A usageError is a command line that cannot be used.
type usageError struct{ error }

// usage returns err as a usageError, or nil.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return usageError{err}
}

// errReaderGone: nobody reads stdout any more, so that there is nothing left to
// be done.
var errReaderGone = errors.New("the reader of stdout has gone")

// exitCode says on stderr why a command has failed, if it has, and returns the
// exit code. Ctx is the one that signals end.
func (p *program) exitCode(ctx context.Context, c *cobra.Command, err error) int {
	p.diag.setStatus("")
	ofFile := errors.As(err, new(*fs.PathError)) // a connection's end can be a broken pipe, too
	switch {
	case err == nil, errors.Is(err, errReaderGone), ofFile && isBrokenPipe(err):
		return exitOK
	case ctx.Err() != nil, errors.As(err, new(*terminal.SignalError)):
		return exitInterrupted
	}
	var usage usageError
	switch {
	case errors.As(err, &usage):
		p.diag.printf("%v (%s --help says more)", err, c.CommandPath())
		return exitUsage
	case errors.Is(err, client.ErrConfig):
		p.diag.printf("%s (%s --help says more)", strings.TrimPrefix(err.Error(), client.ErrConfig.Error()+": "), c.CommandPath())
		return exitUsage
	case errors.Is(err, client.ErrConnect):
		p.printUnreachable(err)
		return exitUnreachable
	case errors.Is(err, client.ErrReplaced):
		p.diag.printf("another connection took over the nick with its key")
		return exitLost
	case errors.Is(err, client.ErrEnded):
		p.diag.printf("%s", strings.TrimPrefix(err.Error(), "client: "))
		return exitLost
	case errors.Is(err, client.ErrLost), errors.Is(err, client.ErrUnread):
		p.diag.printf("lost the connection to %s: %s (gave up after %v; --reconnect-timeout sets how long)", p.server, reason(err), p.reconnect)
		return exitLost
	}
	p.diag.printf("%s", p.explain(err))
	return exitRefused
}

// printUnreachable says why there is no connection to the server, or to each of several.
func (p *program) printUnreachable(err error) {
	var failures client.ServerErrors
	if !errors.As(err, &failures) {
		failures = client.ServerErrors{{Server: p.server, Err: err}}
	}
	for _, e := range failures {
		p.diag.printf("%s", unreachable(e.Server, e.Err))
	}
}

// unreachable says why there is no connection to a server, and what next.
func unreachable(server string, err error) string {
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.Is(err, client.ErrProtocol):
		return fmt.Sprintf("%s answers, but it does not speak %s (is it chatd? --server names another)", server, proto.Greeting)
	case errors.Is(err, client.ErrFingerprint):
		return fmt.Sprintf("%s cannot be trusted: %s (on the server's machine, chatd cert prints the right one)", server, reason(err))
	case errors.As(err, &untrusted):
		return fmt.Sprintf("%s cannot be trusted: %v (--tls-ca names a file with the certificate of its authority; --fingerprint %s trusts this certificate, if it is the server's)",
			server, untrusted.Err, client.FingerprintOf(untrusted.UnverifiedCertificates[0]))
	}
	return fmt.Sprintf("cannot reach %s: %s (is chatd running? --server names another)", server, reason(err))
}

// explain says why something was refused, and what next, in the words of the
// command line.
func (p *program) explain(err error) string {
	switch {
	case errors.Is(err, client.NoSuchRoom):
		return fmt.Sprintf("there is no room %s (chat rooms lists the rooms)", p.args[0])
	case errors.Is(err, client.NickTaken):
		return fmt.Sprintf("the nick %s, or one that looks like it, is in use (--nick chooses another, --key-file has its key)", p.nick)
	case errors.Is(err, client.NickRegistered):
		why, remedy := p.nickRefusal(err)
		return fmt.Sprintf("%s (%s)", why, remedy)
	case errors.Is(err, client.LoginRequired):
		return "the server admits no guests (--login logs in to an account)"
	case errors.Is(err, client.BadLogin) && p.login.account != "":
		return fmt.Sprintf("not logged in as %s: %s", p.login.account, refusalText(err))
	}
	return refusalText(err)
}

// nickRefusal says why a nick is not to be had, and what next.
func (p *program) nickRefusal(err error) (why, remedy string) {
	if errors.Is(err, client.NickRegistered) {
		return fmt.Sprintf("the nick %s belongs to an account", p.nick), fmt.Sprintf("--login %s logs in to it, --nick chooses another", p.nick)
	}
	return fmt.Sprintf("the nick %s is in use", p.nick), "--nick chooses another"
}

// refusalText is what a refusal says to people, or else what the error says.
func refusalText(err error) string {
	if refused := new(proto.Error); errors.As(err, &refused) {
		return refused.Text
	}
	return err.Error()
}

// reason is the innermost of what an error says that somebody can act on.
func reason(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, client.ErrProtocol):
		return "it does not speak " + proto.Greeting
	case errors.As(err, &record):
		return "it does not speak TLS; one that does not is host:port"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &dns):
		return dns.Err
	case errors.Is(err, io.EOF):
		return "the server closed it"
	}
	text := err.Error()
	for _, prefix := range []error{client.ErrConnect, client.ErrLost, client.ErrFingerprint} {
		text = strings.TrimPrefix(text, prefix.Error()+": ")
	}
	return text
}
