package client_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// chatd is the daemon, built for these tests.
var chatd string

func TestMain(m *testing.M) { os.Exit(withDaemon(m)) }

func withDaemon(m *testing.M) int {
	dir, err := os.MkdirTemp("", "client")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	chatd = filepath.Join(dir, "chatd")
	if out, err := exec.Command("go", "build", "-o", chatd, "linechat/chatd").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building chatd: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// A daemon is chatd running.
type daemon struct {
	address string // the same after a restart
	data    string
	cmd     *exec.Cmd
	log     *os.File
}

// startDaemon runs chatd with its data in dir, on a free port, or, if address
// is not empty, there. It returns when chatd listens.
func startDaemon(dir, address string) (*daemon, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	d := &daemon{address: address, data: dir, log: read}
	d.cmd = exec.Command(chatd, "--listen", address, "--data", dir, "--rate", "0")
	d.cmd.Stderr = write
	err = d.cmd.Start()
	_ = write.Close()
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(read)
	for lines.Scan() {
		if _, found, ok := strings.Cut(lines.Text(), "msg=listening address="); ok {
			if !strings.HasPrefix(address, "unix:") {
				d.address = found
			}
			go io.Copy(io.Discard, read) // ends with the daemon, or when stop closes the pipe
			return d, nil
		}
	}
	d.stop(syscall.SIGKILL)
	return nil, fmt.Errorf("chatd does not listen on %s", address)
}

// stop ends the daemon by a signal and waits for its end.
func (d *daemon) stop(signal os.Signal) {
	_ = d.cmd.Process.Signal(signal)
	_ = d.cmd.Wait()
	_ = d.log.Close()
}

// runDaemon runs chatd for one test.
func runDaemon(t *testing.T, address string) *daemon {
	t.Helper()
	d, err := startDaemon(t.TempDir(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.stop(syscall.SIGKILL) })
	return d
}

// restart ends the daemon by a signal and runs it again.
func (d *daemon) restart(t *testing.T, signal os.Signal) {
	t.Helper()
	d.stop(signal)
	next, err := startDaemon(d.data, d.address)
	if err != nil {
		t.Fatal(err)
	}
	*d = *next
}

// must is for what cannot fail in a test.
func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
