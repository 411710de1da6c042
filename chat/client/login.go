package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"linechat/chatd/proto"
)

// errNotSecure is why a password is not sent.
var errNotSecure = errors.New("a password is not sent over a connection that others may read: connect with tls://, or on the server's own machine")

// Secure reports whether a password may be sent to each of the servers: over TLS, over a
// Unix socket, to this machine, and over connections of Dial, whose owner knows.
func (c *Config) Secure() bool {
	return c.Dial != nil || !slices.ContainsFunc(c.names(), func(server string) bool { return !isSecure(server) })
}

func isSecure(server string) bool {
	if strings.HasPrefix(server, "tls://") || strings.HasPrefix(server, "unix://") {
		return true
	}
	host, _, _ := net.SplitHostPort(server)
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// checkLogin refuses a login that cannot be tried. ErrConfig, or a *proto.Error for a bad
// name.
func (c *Config) checkLogin() error {
	if c.Account == "" {
		return nil
	}
	_, err := proto.ParseNick(c.Account)
	switch {
	case err != nil:
		return err
	case c.Password == "":
		return fmt.Errorf("%w: there is no password for the account %s", ErrConfig, c.Account)
	case !c.Secure():
		return fmt.Errorf("%w: %w", ErrConfig, errNotSecure)
	}
	if _, err := newRequest(login(c.Account, c.Password)); err != nil {
		return fmt.Errorf("%w: Password: %w", ErrConfig, err)
	}
	return nil
}

func login(account, password string) proto.Command {
	return proto.Command{Verb: "LOGIN", Words: []string{account}, Text: password}
}

// isSecret reports whether the text of a command is a password.
func isSecret(verb string) bool {
	row := proto.LookupVerb(verb)
	return row != nil && row.Secret
}

// takesPasswordNext reports whether the server takes the next line for a password, whoever
// the client is.
func takesPasswordNext(line []byte) bool {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return proto.TakesPasswordNext(line, false) || proto.TakesPasswordNext(line, true)
}

// identify logs in, or takes the nick. A client that was logged in goes on as a guest
// never: what it posts would have another name.
func (c *Client) identify(ctx context.Context, cn *conn) error {
	byKey, err := cn.isLoggedIn(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	account, password, before := c.account, c.password, c.session.Account
	c.mu.Unlock()
	switch {
	case account != "" && !(byKey && sameNick(account, cn.guest)):
		return cn.login(ctx, account, password)
	case byKey:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.wanted = ""
		c.setIdentity(cn.guest, cn.guest, nil)
		return nil
	case before != "":
		return &proto.Error{Code: BadLogin, Text: "the key no longer logs in to the account " + before}
	}
	return c.takeNick(ctx, cn)
}

// isLoggedIn reports whether the server has logged the client in, by a key: the nick that
// it gave is no guest's then.
func (cn *conn) isLoggedIn(ctx context.Context) (bool, error) {
	if name, err := proto.ParseNick(cn.guest); err != nil || name.Guest() {
		return false, nil
	}
	reply, err := cn.do(ctx, "WHOAMI")
	return reply.OK.Role != "" && reply.OK.Role != proto.Guest.String(), err
}

// login logs in. A server that checks too many passwords already is asked again after the
// wait that it names, if ctx allows that.
func (cn *conn) login(ctx context.Context, account, password string) error {
	for {
		cn.client.mu.Lock()
		r, err := cn.enqueue(login(account, password))
		cn.client.mu.Unlock()
		if err == nil {
			err = cn.await(ctx, r)
		}
		var refused *proto.Error
		if !errors.As(err, &refused) || refused.Code != RateLimited || !sleepWithin(ctx, refused.Wait) {
			return err
		}
	}
}

// sleepWithin waits, unless ctx ends before that; false: it did not.
func sleepWithin(ctx context.Context, d time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return d > 0 && !(limited && time.Until(deadline) <= d) && sleep(ctx, d)
}

// loggedIn notes the account that is to be logged in to on the next connection, too.
func (cn *conn) loggedIn(r *Request, l *proto.Line) error {
	if l.Nick == "" {
		return nameless(l)
	}
	c := cn.client
	c.account, c.password, c.wanted = l.Nick, r.command.Text, ""
	if c.password == "" { // a key is enough
		c.account = ""
	}
	c.setIdentity(l.Nick, l.Nick, nil)
	return nil
}

// loggedOut notes that the client is a guest. An administrator's UNREGISTER is of somebody
// else.
func (cn *conn) loggedOut(r *Request, l *proto.Line) error {
	switch {
	case l.Nick == "":
		return nameless(l)
	case len(r.command.Words) > 0:
		return nil
	}
	c := cn.client
	c.account, c.password, c.wanted = "", "", ""
	c.setIdentity(l.Nick, "", nil)
	return nil
}

// passwordChanged notes the password that logs in from now on.
func (cn *conn) passwordChanged(r *Request, l *proto.Line) error {
	if c := cn.client; sameNick(l.Nick, c.account) {
		c.password = r.command.Text
	}
	return nil
}

// setIdentity notes the nick in use, and the account, if there is one; err is why the nick
// is not the one that was wanted.
func (c *Client) setIdentity(nick, account string, err error) {
	to := c.session
	if to.Account != account {
		c.ignored = nil // the server goes by what the account ignores, or has forgotten it
	}
	to.Nick, to.Account = nick, account
	c.change(StateChange{To: to, Err: err})
}

func sameNick(a, b string) bool {
	name, err := proto.ParseNick(a)
	return err == nil && name.Is(b)
}
