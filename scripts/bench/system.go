package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"linechat/scripts/harness"
)

// A system is a kind of server: how to run it and how to speak to it.
type system interface {
	name() string

	// offers reports whether it can do that with posts.
	offers(d durability) bool

	// parts returns the processes to run. They have their files in dir, which is empty.
	parts(dir string, d durability) ([]part, error)

	// dial connects to an address. The connection is closed when ctx ends.
	dial(ctx context.Context, address string) (*harness.Client, error)

	// greet begins a connection, and returns when the server has answered.
	greet(c *conn) error

	// makeRooms creates rooms.
	makeRooms(c *conn, d durability, names ...string) error

	// awaitRoom returns when the machine that c is connected to knows of a room that was
	// made at another one.
	awaitRoom(c *conn, room string) error

	// newPoster returns a poster that posts a copy of body to a room on disk.
	newPoster(c *conn, room string, body []byte) (poster, error)

	// newMember makes the connection a member of a room.
	newMember(c *conn, room string) (member, error)
}

// durability is what a server does with posts.
type durability int

const (
	onDisk    durability = iota // it acknowledges them after fsync
	inMemory                    // it delivers them, and stores nothing on disk
	delivered                   // it acknowledges them after fsync, and delivers those alone
)

// A part is one process of a system.
type part struct {
	argv    []string
	address string // that clients connect to; "": they connect to other parts
}

// A poster posts on one connection. Only one goroutine may use it.
type poster interface {
	// post posts, waits for the acknowledgement and returns the post's number:
	// 1, 2, 3 … in each room, or 0 from a server that does not number posts. Any
	// other answer is an error.
	post() (number uint64, err error)

	// body is what it posts. It may be changed between posts.
	body() []byte
}

// A member of a room receives posts, and posts. Only one goroutine may use it.
type member interface {
	io.Writer

	// buffered returns how many bytes next can read without waiting.
	buffered() int

	// next reads one line or message. It returns the body of a post, which is valid
	// until the next call, and nil for everything else.
	next() (body []byte, err error)

	// appendPost appends the command that posts body to the room.
	appendPost(dst, body []byte) []byte
}

// serverNames are the names of the systems, in the order in which they run.
var serverNames = []string{"chatd", "chatd-tls", "chatd-ssh", "redis", "nats", "jetstream", "cluster1", "cluster3", "cluster6"}

// plainServers are those whose connections are not encrypted.
var plainServers = []string{"chatd", "redis", "nats"}

// findSystems returns the wanted systems that are installed, and prints their
// versions and which it leaves out. It builds chatd in dir.
func findSystems(ctx context.Context, o *options, dir string, out io.Writer) (found []system, err error) {
	for _, name := range serverNames {
		if !slices.Contains(o.servers, name) {
			continue
		}
		s, path, err := findSystem(ctx, o, name, dir)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(out, "# %s is left out, because it is not installed (%v)\n", name, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(out, "# %s: %s\n", name, version(ctx, path))
		if c, ok := s.(*chatd); ok && c.inMemory() {
			fmt.Fprintf(out, "# %s runs with --memory, and so acknowledges posts that are not on disk\n", name)
		}
		found = append(found, s)
	}
	if len(found) == 0 {
		return nil, errors.New("none of the servers is installed")
	}
	return found, nil
}

// findSystem returns the system of a name, and the path of its program.
func findSystem(ctx context.Context, o *options, name, dir string) (s system, path string, err error) {
	switch name {
	case "redis":
		path, err = exec.LookPath(o.redis)
		return &redis{path: path}, path, err
	case "nats":
		path, err = exec.LookPath(o.nats)
		return &nats{path: path}, path, err
	case "jetstream":
		path, err = exec.LookPath(o.nats)
		return &jetstream{nats: nats{path: path}}, path, err
	}
	if path, err = findChatd(ctx, o.chatd, dir); err != nil {
		return nil, "", err
	}
	c := &chatd{title: name, path: path, flags: strings.Fields(o.chatdFlags)}
	switch name {
	case "chatd-tls":
		c.door, err = tlsDoor(ctx, path, dir)
	case "chatd-ssh":
		c.door = sshDoor()
	case "cluster1", "cluster3", "cluster6":
		program, err := exec.LookPath(o.nats)
		return &cluster{chatd: *c, nats: nats{path: program}, machines: int(name[len(name)-1] - '0')}, path, err
	}
	return c, path, err
}

// findChatd returns the path of chatd. Without one it builds chatd in dir.
func findChatd(ctx context.Context, path, dir string) (string, error) {
	if path != "" {
		return exec.LookPath(path)
	}
	return harness.Build(ctx, dir)
}

// version returns the first line of the program's --version.
func version(ctx context.Context, path string) string {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "unknown version: " + err.Error()
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return first
}
