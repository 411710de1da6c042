package listener

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// A command is the one line of "ssh host COMMAND…": the server reads it, and the standard
// input only when it asks for more. What it answers goes to the standard output, and what
// it refuses to the error output; greeting and good-bye are left out. next is for the
// goroutine that reads, and Write for the one that writes.
type command struct {
	line    string
	begun   bool
	channel ssh.Channel
	stdin   *bufio.Reader
	pasting bool          // lines are passed on up to a single .
	asked   chan string   // holds the room of a SEND, or "" when the command is answered
	ended   chan struct{} // closed by end
	ending  sync.Once
	partial []byte // of a line that is written in parts

	mu       sync.Mutex
	exit     uint32
	answered bool
}

const (
	passwordRoom = "-"     // the room of a SEND that asks for a password
	maxStdinLine = 1 << 20 // bytes, more than any --max-line
)

var errLongLine = errors.New("ssh: a line of the standard input is too long")

// newCommand returns a command that has failed until it is answered.
func newCommand(line string, channel ssh.Channel) *command {
	return &command{line: line, channel: channel, stdin: bufio.NewReader(channel), asked: make(chan string, 4), ended: make(chan struct{}), exit: 1}
}

// next returns the next line for the server, and io.EOF when the command is answered.
func (c *command) next() ([]byte, error) {
	if !c.begun {
		return c.first()
	}
	for !c.pasting {
		select {
		case room := <-c.asked:
			if room == "" {
				return nil, io.EOF
			}
			if room == passwordRoom {
				return c.stdinLine()
			}
			c.pasting = true
		case <-c.ended:
			return nil, io.EOF
		}
	}
	line, err := c.stdinLine()
	c.pasting = strings.TrimRight(string(line), "\r\n") != "."
	return line, err
}

func (c *command) first() ([]byte, error) {
	c.begun = true
	var refusal string
	switch {
	case strings.ContainsAny(c.line, "\r\n"):
		refusal = "ssh takes one line as a command; ssh -T takes many on its standard input\n"
	case strings.TrimSpace(c.line) == "":
		refusal = "the command is empty; HELP lists them\n"
	default:
		return []byte(c.line + "\n"), nil
	}
	_, _ = io.WriteString(c.channel.Stderr(), refusal)
	return nil, io.EOF
}

// stdinLine returns a line of the standard input. The last one may lack its end.
func (c *command) stdinLine() (line []byte, err error) {
	for {
		part, err := c.stdin.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return line, nil
		case len(line) > maxStdinLine:
			return nil, errLongLine
		case errors.Is(err, bufio.ErrBufferFull):
		case len(line) > 0:
			return append(line, '\n'), nil
		default:
			return nil, err
		}
	}
}

// Write takes what the server writes, in whatever pieces.
func (c *command) Write(p []byte) (int, error) {
	written := len(p)
	for {
		line, rest, whole := bytes.Cut(p, []byte("\n"))
		c.partial = append(c.partial, line...)
		if !whole {
			return written, nil
		}
		err := c.answer(string(c.partial))
		c.partial, p = c.partial[:0], rest
		if err != nil {
			return 0, err
		}
	}
}

// answer takes one line of the server.
func (c *command) answer(line string) (err error) {
	keyword, rest, _ := strings.Cut(line, " ")
	switch {
	case c.isAnswered(), keyword == "HELLO", keyword == "NOTICE":
	case keyword == "SEND":
		room, _, _ := strings.Cut(rest, " ")
		c.tell(room)
	case keyword == "ERR", keyword == "BYE": // before an answer: the session was ended
		_, err = io.WriteString(c.channel.Stderr(), line+"\n")
		c.finish(1)
	default:
		_, err = io.WriteString(c.channel, line+"\n")
		if keyword == "OK" {
			c.finish(0)
		}
	}
	return err
}

func (c *command) tell(room string) {
	select {
	case c.asked <- room:
	default: // a command asks for one thing
	}
}

func (c *command) finish(status uint32) {
	c.mu.Lock()
	c.exit, c.answered = status, true
	c.mu.Unlock()
	c.tell("")
}

func (c *command) isAnswered() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered
}

// status returns the exit status.
func (c *command) status() uint32 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.exit
}

// end has next return.
func (c *command) end() { c.ending.Do(func() { close(c.ended) }) }
