package listener

import (
	"errors"

	"golang.org/x/crypto/ssh"
)

// An opening is a client that is authenticated, up to the request that begins its session.
type opening struct {
	server   *ssh.ServerConn
	channels <-chan ssh.NewChannel
	requests <-chan *ssh.Request

	channel         ssh.Channel // nil until it is opened
	channelRequests <-chan *ssh.Request
	terminal        *ptyRequest // nil: none was asked for
	command         *string     // nil: a shell
}

// A ptyRequest is a request for a terminal (RFC 4254, section 6.2).
type ptyRequest struct {
	Term                         string
	Columns, Rows, Width, Height uint32
	Modes                        string
}

// A windowChange says that the terminal has another size (RFC 4254, section 6.7).
type windowChange struct{ Columns, Rows, Width, Height uint32 }

// An execRequest is a request for a command (RFC 4254, section 6.5).
type execRequest struct{ Command string }

var errNoSession = errors.New("ssh: the client has gone without a session")

// run answers what the client asks for until that is a shell or a command.
func (o *opening) run() error {
	for {
		select {
		case offered, ok := <-o.channels:
			if !ok {
				return errNoSession
			}
			if err := o.open(offered); err != nil {
				return err
			}
		case r, ok := <-o.requests:
			if !ok {
				return errNoSession
			}
			_ = r.Reply(false, nil)
		case r, ok := <-o.channelRequests:
			if !ok {
				return errNoSession
			}
			begins := o.request(r)
			_ = r.Reply(begins || r.Type == "pty-req" && o.terminal != nil, nil)
			if begins {
				return nil
			}
		}
	}
}

// open accepts the first session, and refuses any other channel.
func (o *opening) open(offered ssh.NewChannel) (err error) {
	if offered.ChannelType() != "session" || o.channel != nil {
		return refuseChannel(offered)
	}
	o.channel, o.channelRequests, err = offered.Accept()
	return err
}

func refuseChannel(offered ssh.NewChannel) error {
	return offered.Reject(ssh.Prohibited, "this is a chat server: it has one session for a connection, and forwards nothing")
}

// request notes what the client asks for, and reports whether that begins the session.
// Subsystems, an agent, X11 and the environment are refused.
func (o *opening) request(r *ssh.Request) (begins bool) {
	switch r.Type {
	case "pty-req":
		var asked ptyRequest
		if ssh.Unmarshal(r.Payload, &asked) == nil {
			o.terminal = &asked
		}
	case "shell":
		return true
	case "exec":
		var asked execRequest
		if ssh.Unmarshal(r.Payload, &asked) == nil {
			o.command = &asked.Command
			return true
		}
	}
	return false
}
