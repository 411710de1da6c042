package harness

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// startWithin is how long chatd may take until it listens.
const startWithin = 60 * time.Second

// Build builds chatd in a directory, and returns the program's path.
func Build(ctx context.Context, dir string) (program string, err error) {
	return build(ctx, dir, "chatd")
}

// BuildChat builds chat as Build builds chatd.
func BuildChat(ctx context.Context, dir string) (program string, err error) {
	return build(ctx, dir, "chat")
}

func build(ctx context.Context, dir, name string) (program string, err error) {
	program = filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "linechat/"+name).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return program, nil
}

// A Chatd is a chatd that can be started again, with the same data and at the same
// address, after it has ended.
type Chatd struct {
	*Process
	Address string

	program, dir string
	flags        []string
}

// StartChatd starts the program, with its data in a directory, and returns when it
// listens. An address with port 0 becomes the one that it was given.
func StartChatd(program, dir, address string, flags ...string) (*Chatd, error) {
	c := &Chatd{Address: address, program: program, dir: dir, flags: flags}
	return c, c.Start()
}

// Start starts chatd again.
func (c *Chatd) Start() (err error) {
	argv := append([]string{c.program, "--data", filepath.Join(c.dir, "data"), "--listen", c.Address}, c.flags...)
	if c.Process, err = Start(filepath.Join(c.dir, "log"), argv...); err != nil {
		return err
	}
	address, err := c.listening()
	if err != nil {
		c.Kill()
		return fmt.Errorf("starting chatd: %w", err)
	}
	if strings.HasSuffix(c.Address, ":0") {
		c.Address = address
	}
	return nil
}

// listening waits until chatd listens, and returns the address that it logs.
func (c *Chatd) listening() (address string, err error) {
	err = c.Await(context.Background(), startWithin, func(context.Context) error {
		_, after, _ := strings.Cut(c.printed(), "msg=listening address=")
		line, _, whole := strings.Cut(after, "\n")
		if address = line; !whole {
			return errors.New("it does not listen")
		}
		return nil
	})
	return address, err
}
