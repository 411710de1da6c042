package listener

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// Only a socket that nobody listens on is replaced.
func TestUnixTakesOnlyWhatIsLeftOver(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	file, used, left := filepath.Join(dir, "file"), filepath.Join(dir, "used"), filepath.Join(dir, "left")
	if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	first, err := listenUnix(ctx, used)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	crashed, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	crashed.SetUnlinkOnClose(false)
	_ = crashed.Close()
	for _, path := range []string{file, used} {
		if l, err := listenUnix(ctx, path); !errors.Is(err, errInUse) {
			t.Errorf("%s: %v, %v", path, l, err)
		}
	}
	if text, err := os.ReadFile(file); string(text) != "precious" {
		t.Errorf("the file holds %q, %v", text, err)
	}
	l, err := listenUnix(ctx, left)
	if err != nil {
		t.Fatalf("a socket that is left over is not replaced: %v", err)
	}
	_ = l.Close()
}
