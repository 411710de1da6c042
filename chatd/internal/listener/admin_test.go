//go:build linux || darwin || freebsd || openbsd

package listener

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever's process this is, is an admin, and is known by its uid.
func TestAdmin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "admin.sock")
	l, err := Admin(t.Context(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	dialed, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer dialed.Close()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if got := IdentityOf(c); got != (Identity{Door: DoorAdmin, UID: os.Geteuid()}) {
		t.Errorf("the identity is %+v", got)
	}
	if _, ok := c.(interface{ CloseWrite() error }); !ok {
		t.Error("the connection hides what its socket can do")
	}
}

// A directory that others get into is refused.
func TestAdminWantsAPrivateDirectory(t *testing.T) {
	dir := t.TempDir()
	for mode, ok := range map[os.FileMode]bool{0o700: true, 0o710: false, 0o755: false, 0o701: false} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		l, err := Admin(t.Context(), filepath.Join(dir, "admin.sock"), Options{})
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "chmod 700 "+dir) {
			t.Errorf("in a directory of mode %o: %v", mode, err)
		}
		if err == nil {
			_ = l.Close()
		}
	}
}

// Whoever is neither root nor this user is turned away, and the next one is accepted.
func TestOthersAreNoAdmins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "admin.sock")
	var log bytes.Buffer
	l, err := Admin(t.Context(), path, Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	uids := []int{os.Geteuid() + 1, os.Geteuid()}
	l.(*adminListener).peer = func(*net.UnixConn) (int, error) {
		uid := uids[0]
		uids = uids[1:]
		return uid, nil
	}
	var dialed [2]net.Conn
	for i := range dialed {
		if dialed[i], err = net.Dial("unix", path); err != nil {
			t.Fatal(err)
		}
		defer dialed[i].Close()
	}
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if uid := IdentityOf(c).UID; uid != os.Geteuid() {
		t.Errorf("uid %d was accepted", uid)
	}
	if n, err := dialed[0].Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the other user reads %d bytes, %v", n, err)
	}
	if want := fmt.Sprintf("uid=%d", os.Geteuid()+1); !strings.Contains(log.String(), want) {
		t.Errorf("the log has no %s: %s", want, &log)
	}
}
