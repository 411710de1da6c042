package listener

import (
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Nobody else can connect to a socket before it has its mode, whatever the umask is.
func TestUnixSocketIsClosedBeforeItIsOpened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	defer syscall.Umask(syscall.Umask(0))
	lc := net.ListenConfig{Control: closeToOthers}
	l, err := lc.Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("it begins with mode %v, %v", info.Mode(), err)
	}
}
