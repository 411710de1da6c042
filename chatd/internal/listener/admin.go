package listener

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
)

// ErrNoPeers: the system does not say which user is behind a Unix socket.
var ErrNoPeers = errors.New("this system does not say who connects to a Unix socket")

// HasAdmin reports whether the system can have what Admin listens on.
const HasAdmin = hasPeers

// Admin listens on the Unix socket that makes admins of those who connect to it: root, and
// the user whose process this is. Others are turned away. The socket's directory, which is
// made if there is none, must be closed to them, too. ErrNoPeers.
func Admin(ctx context.Context, path string, o Options) (net.Listener, error) {
	if !HasAdmin {
		return nil, ErrNoPeers
	}
	if err := makePrivate(filepath.Dir(path)); err != nil {
		return nil, err
	}
	l, err := bindUnix(ctx, unixSocket{path: path, mode: 0o600, gid: keepGroup})
	if err != nil {
		return nil, err
	}
	return &adminListener{l, o.Log, peerUID}, nil
}

// makePrivate makes a directory, or checks one, that only its owner gets into.
func makePrivate(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(dir, 0o700)
	case err != nil:
		return err
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others may get into %s, and the socket for admins must be closed to them: chmod 700 %[1]s", dir)
	}
	return nil
}

// An adminListener accepts connections of admins.
type adminListener struct {
	net.Listener
	log  *slog.Logger
	peer func(*net.UnixConn) (uid int, err error)
}

// Accept implements net.Listener.
func (l *adminListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		unix := c.(*net.UnixConn)
		uid, err := l.peer(unix)
		if err == nil && (uid == 0 || uid == os.Geteuid()) {
			return adminConn{unix, uid}, nil
		}
		l.log.Warn("turned away from the admins' socket", "uid", uid, "err", err)
		_ = c.Close()
	}
}

// An adminConn is a connection of an admin.
type adminConn struct {
	*net.UnixConn
	uid int
}

// Identity is for IdentityOf.
func (c adminConn) Identity() Identity { return Identity{Door: DoorAdmin, UID: c.uid} }
