package listener

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"
)

// A unixSocket is the file that a Unix socket is bound to.
type unixSocket struct {
	path string
	mode fs.FileMode
	gid  int // of the group that it belongs to; keepGroup: that of the process
}

const keepGroup = -1 // chown(2)

// openMode is as open as a port. The socket's directory says who gets to it.
const openMode = 0o666

// parseUnix reads what comes after unix:// in an address: a path, and after a question mark
// the mode and the group of the file.
func parseUnix(rest string) (s unixSocket, err error) {
	path, query, _ := strings.Cut(rest, "?")
	s = unixSocket{path, openMode, keepGroup}
	values, err := url.ParseQuery(query)
	if err != nil || path == "" {
		return s, fmt.Errorf("%q is no Unix socket to listen on: use unix:///path or unix:///path?mode=0660&group=chat", unixScheme+rest)
	}
	for name, all := range values {
		switch value := all[len(all)-1]; name {
		case "mode":
			s.mode, err = parseMode(value)
		case "group":
			s.gid, err = findGroup(value)
		default:
			err = fmt.Errorf("a Unix socket has a mode and a group, and no %s", name)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

func parseMode(value string) (fs.FileMode, error) {
	mode, err := strconv.ParseUint(value, 8, 32)
	if err != nil || mode > uint64(fs.ModePerm) {
		return 0, fmt.Errorf("the mode of a Unix socket is an octal number up to 0777, such as 0660, and not %q", value)
	}
	return fs.FileMode(mode), nil
}

// findGroup returns the id of a group that is given by its name or its id.
func findGroup(value string) (gid int, err error) {
	if gid, err = strconv.Atoi(value); err == nil && gid >= 0 {
		return gid, nil
	}
	group, err := user.LookupGroup(value)
	if err != nil {
		return 0, err
	}
	if gid, err = strconv.Atoi(group.Gid); err != nil {
		return 0, fmt.Errorf("on this system a Unix socket has no group: %w", err)
	}
	return gid, nil
}

// listenUnix listens on the Unix socket of an address without its scheme.
func listenUnix(ctx context.Context, rest string) (net.Listener, error) {
	s, err := parseUnix(rest)
	if err != nil {
		return nil, err
	}
	return bindUnix(ctx, s)
}

// bindUnix listens on a Unix socket. A socket file that nobody listens on any more is
// replaced.
func bindUnix(ctx context.Context, s unixSocket) (net.Listener, error) {
	lc := net.ListenConfig{Control: closeToOthers}
	l, err := lc.Listen(ctx, "unix", s.path)
	if errors.Is(err, errInUse) && abandoned(ctx, s.path) {
		if err := os.Remove(s.path); err != nil {
			return nil, err
		}
		l, err = lc.Listen(ctx, "unix", s.path)
	}
	if err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// open gives the file its group, and then its mode.
func (s unixSocket) open() error {
	if s.gid != keepGroup {
		if err := os.Chown(s.path, -1, s.gid); err != nil {
			return err
		}
	}
	return os.Chmod(s.path, s.mode)
}

// abandoned reports whether path is a socket that nobody listens on. Connecting to a file
// that is no socket fails in the same way.
func abandoned(ctx context.Context, path string) bool {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != os.ModeSocket {
		return false
	}
	dialer := net.Dialer{Timeout: time.Second}
	c, err := dialer.DialContext(ctx, "unix", path)
	if err == nil {
		_ = c.Close()
	}
	return errors.Is(err, errRefused)
}
