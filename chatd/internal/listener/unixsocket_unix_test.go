//go:build unix

package listener

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A Unix socket has the mode and the group that its address says.
func TestModeAndGroupOfAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	groups, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	gid := append(groups, os.Getegid())[0]
	if os.Geteuid() == 0 {
		gid = 4711 // root may give it to any
	}
	for query, want := range map[string]os.FileMode{"": 0o666, "?": 0o666, "?mode=0600": 0o600, fmt.Sprintf("?mode=660&group=%d", gid): 0o660} {
		l, err := listenUnix(t.Context(), path+query)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("with %q: %v, %v", query, info.Mode(), err)
		}
		if got := int(info.Sys().(*syscall.Stat_t).Gid); want == 0o660 && got != gid {
			t.Errorf("with %q it is group %d's", query, got)
		}
		_ = l.Close()
	}
}
