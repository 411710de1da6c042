package listener

import (
	"time"

	"golang.org/x/crypto/ssh"
)

// attend answers what the peer asks for beside its session, and sees to it that a dead peer
// is noticed, until the connection ends. Then it waits for the session's other goroutines.
func (c *sshConn) attend() {
	defer c.wait()
	keepalive := time.NewTicker(keepaliveEvery)
	defer keepalive.Stop()
	closing := c.closing
	for {
		select {
		case offered, ok := <-c.channels:
			if !ok {
				c.channels = nil
				continue
			}
			_ = refuseChannel(offered)
		case r, ok := <-c.requests:
			if !ok {
				return
			}
			_ = r.Reply(false, nil) // a keepalive is answered by that, too
		case r, ok := <-c.channelRequests:
			if !ok { // the peer has closed the session
				c.channelRequests = nil
				_ = c.Conn.Close()
				continue
			}
			c.request(r)
		case <-closing:
			closing = nil
			c.farewell()
		case <-keepalive.C:
			c.keepAlive()
		}
	}
}

// wait waits for what belongs to the connection, which has ended: for the session as well,
// which reads what had come before, and of a command nothing more.
func (c *sshConn) wait() {
	_ = c.Conn.Close()
	if c.command != nil {
		c.command.end()
	}
	<-c.closing
	c.probing.Wait()
	if c.editor != nil {
		c.editor.Wait()
	}
	c.inlet.wait()
}

func (c *sshConn) request(r *ssh.Request) {
	var window windowChange
	resized := r.Type == "window-change" && c.editor != nil && ssh.Unmarshal(r.Payload, &window) == nil
	if resized {
		c.editor.Resize(int(window.Columns), int(window.Rows))
	}
	_ = r.Reply(resized, nil)
}

// farewell ends the session. The deadline that Close has set is for this, too.
func (c *sshConn) farewell() {
	var status uint32
	if c.command != nil {
		status = c.command.status()
	}
	if c.editor != nil {
		_ = c.editor.Close()
	}
	_, _ = c.channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
	_ = c.channel.Close()
}

// keepAlive asks the peer for a sign of life, and ends the connection if it has not given
// the last one.
func (c *sshConn) keepAlive() {
	if !c.alive.Swap(false) {
		_ = c.Conn.Close()
		return
	}
	c.probing.Go(func() { // ends with the answer, or the connection
		if _, _, err := c.server.SendRequest("keepalive@openssh.com", true, nil); err == nil {
			c.alive.Store(true)
		}
	})
}
