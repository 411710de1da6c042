package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"linechat/scripts/harness"
)

// A system is a kind of server, as far as the tables differ from one to the
// other: how it is run and what is said to it.
type system interface {
	name() string

	// command is how it is run, program first: it listens on the port of
	// 127.0.0.1 and has its files in dir, which is there and empty.
	command(dir string, port int, k keeping) ([]string, error)

	// greet is what a connection begins with. When it returns, the server has
	// answered.
	greet(c *conn) error

	// makeRooms makes rooms of these names.
	makeRooms(c *conn, k keeping, names ...string) error

	// newPoster has the connection post body to a room on disk.
	newPoster(c *conn, room string, body []byte) (poster, error)

	// newMember makes the connection a member of a room in passing.
	newMember(c *conn, room string) (member, error)
}

// keeping is what a server does with posts.
type keeping int

const (
	onDisk    keeping = iota // acknowledges them after fsync
	inPassing                // hands them on, and stores nothing on disk
)

// A poster posts on one connection. One goroutine uses it.
type poster interface {
	// post posts, waits for the acknowledgement and returns the number it
	// names: 1, 2, 3 … in each room, or 0 from a server that does not number
	// posts. Any other answer is an error.
	post() (number uint64, err error)
}

// A member of a room takes what is posted there, and posts. One goroutine uses
// it.
type member interface {
	io.Writer

	// buffered returns how many bytes have been received and not been read.
	buffered() int

	// next reads one line or message. body is that of a delivered post, until
	// the next call, and nil for everything else.
	next() (body []byte, err error)

	// appendPost appends what posts body to the room.
	appendPost(dst, body []byte) []byte
}

// serverNames is what systems are called, in the order in which they are run.
// The first is what the others are compared with.
var serverNames = []string{"chatd", "redis", "nats"}

// findSystems returns those that were asked for and are installed, and says
// which version they are and which are left out. It builds chatd in dir.
func findSystems(ctx context.Context, o *options, dir string, say io.Writer) (found []system, err error) {
	for _, name := range serverNames {
		if !o.wants(name) {
			continue
		}
		var s system
		var path string
		switch name {
		case "chatd":
			path, err = findChatd(ctx, o.chatd, dir)
			c := &chatd{path: path, flags: strings.Fields(o.chatdFlags)}
			if s = c; c.inMemory() {
				fmt.Fprintln(say, "chatd: with --memory, so that it acknowledges what is not on disk")
			}
		case "redis":
			path, err = exec.LookPath(o.redis)
			s = &redis{path: path}
		case "nats":
			path, err = exec.LookPath(o.nats)
			s = &nats{path: path}
		}
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			fmt.Fprintf(say, "%s: left out, it is not installed (%v)\n", name, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(say, "%s: %s\n", name, version(ctx, path))
		found = append(found, s)
	}
	if len(found) == 0 {
		return nil, errors.New("there is no server to measure")
	}
	return found, nil
}

// findChatd returns the path of chatd, which is built in dir if there is none.
func findChatd(ctx context.Context, path, dir string) (string, error) {
	if path != "" {
		return exec.LookPath(path)
	}
	path = filepath.Join(dir, "chatd")
	return path, harness.Build(ctx, path)
}

// version is what the program says of itself.
func version(ctx context.Context, path string) string {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "of unknown version: " + err.Error()
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return first
}
