package listener

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/ssh"

	"linechat/chatd/internal/lineeditor"
)

const (
	farewellTimeout = 500 * time.Millisecond // for the peer to read the last lines, after Close
	keepaliveEvery  = 50 * time.Second       // a peer that has not answered until the next one is dead
)

// An sshConn is the session of an SSH connection, as a net.Conn. Three goroutines of
// x/crypto/ssh carry it; attend answers requests, and an inlet reads.
type sshConn struct {
	net.Conn // what is below SSH; its addresses are the session's
	*inlet
	identity Identity
	server   *ssh.ServerConn
	channel  ssh.Channel
	output   io.Writer          // writes to the channel
	editor   *lineeditor.Editor // nil: there is no terminal
	command  *command           // nil: there is none
	writing  writeDeadline

	closing chan struct{} // closed by Close
	closed  sync.Once
	alive   atomic.Bool // the last keepalive was answered
	probing sync.WaitGroup

	channels        <-chan ssh.NewChannel
	requests        <-chan *ssh.Request
	channelRequests <-chan *ssh.Request
}

func newSSHConn(raw net.Conn, o *opening) *sshConn {
	c := &sshConn{
		Conn: raw, identity: identityOfSSH(o.server), server: o.server, channel: o.channel, output: o.channel,
		closing: make(chan struct{}), channels: o.channels, requests: o.requests, channelRequests: o.channelRequests,
	}
	c.alive.Store(true)
	c.writing.expired = func() { _ = raw.Close() }
	switch {
	case o.command != nil:
		c.identity.Command = true
		c.command = newCommand(*o.command, o.channel)
		c.output = c.command
		c.inlet = newInlet(c.command.next)
	case o.terminal != nil:
		c.identity.Terminal = true
		c.editor = lineeditor.New(o.channel, int(o.terminal.Columns), int(o.terminal.Rows))
		c.output = c.editor
		c.inlet = newInlet(c.typed)
	default:
		c.inlet = newInlet((&chunks{reader: o.channel}).next)
	}
	return c
}

// Identity is for IdentityOf.
func (c *sshConn) Identity() Identity { return c.identity }

// NetConn returns the connection below SSH, whose Close ends everything at once.
func (c *sshConn) NetConn() net.Conn { return c.Conn }

// Read implements net.Conn.
func (c *sshConn) Read(p []byte) (int, error) { return c.inlet.Read(p) }

// SetReadDeadline implements net.Conn.
func (c *sshConn) SetReadDeadline(t time.Time) error { return c.inlet.SetReadDeadline(t) }

// Write implements net.Conn. A peer may keep its window shut, which nothing but the end of
// the connection gets a writer out of: after os.ErrDeadlineExceeded it is closed.
func (c *sshConn) Write(p []byte) (int, error) {
	return c.writing.do(func() (int, error) { return c.output.Write(p) })
}

// SetWriteDeadline implements net.Conn.
func (c *sshConn) SetWriteDeadline(t time.Time) error {
	c.writing.set(t)
	return nil
}

// SetDeadline implements net.Conn.
func (c *sshConn) SetDeadline(t time.Time) error {
	_ = c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

// Close has the connection end in the order in which SSH's clients expect it: exit status,
// end of the channel, and the peer's word that it has read all this, within
// farewellTimeout. It does not wait for that.
func (c *sshConn) Close() error {
	c.closed.Do(func() {
		c.inlet.close()
		if c.command != nil {
			c.command.end()
		}
		_ = c.Conn.SetDeadline(time.Now().Add(farewellTimeout))
		close(c.closing)
	})
	return nil
}

// typed returns the next line of the editor.
func (c *sshConn) typed() ([]byte, error) {
	line, err := c.editor.ReadLine()
	if err != nil {
		return nil, err
	}
	return append([]byte(line), '\n'), nil
}

// HideNext implements Editor.
func (c *sshConn) HideNext() {
	if c.editor != nil {
		c.editor.HideNext()
	}
}

// SetCompleter implements Editor.
func (c *sshConn) SetCompleter(complete func(line string) []string) {
	if c.editor != nil {
		c.editor.SetCompleter(complete)
	}
}
