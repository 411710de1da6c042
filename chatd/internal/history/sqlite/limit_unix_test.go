//go:build unix && !freebsd

package sqlite_test

import (
	"bytes"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"linechat/chatd/internal/history/sqlite"
)

// limitedDir names the data directory to the process that TestDiskThatFails
// starts.
const limitedDir = "CHATD_TEST_LIMITED_DIR"

// TestDiskThatFails has the kernel refuse to let files grow. The limit is that of
// a whole process, so another one is started for it.
func TestDiskThatFails(t *testing.T) {
	if dir := os.Getenv(limitedDir); dir != "" {
		failingDisk(t, dir)
		return
	}
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestDiskThatFails$", "-test.v")
	cmd.Env = append(os.Environ(), limitedDir+"="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestDiskThatFails")) {
		t.Errorf("%v: %s", err, out)
	}
}

// limit has no file grow beyond size bytes; 0: any file may.
func limit(t *testing.T, size uint64) {
	t.Helper()
	var l unix.Rlimit
	err := unix.Getrlimit(unix.RLIMIT_FSIZE, &l)
	if err == nil {
		l.Cur = size
		if size == 0 {
			l.Cur = l.Max
		}
		err = unix.Setrlimit(unix.RLIMIT_FSIZE, &l)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// failingDisk posts until the kernel writes only part of a transaction, and goes
// on when files may grow again.
func failingDisk(t *testing.T, dir string) {
	signal.Ignore(unix.SIGXFSZ) // or the process ends
	var book logbook
	s := open(t, dir, sqlite.Config{Log: book.log()})
	create(t, s, "go", "golf")
	text := strings.Repeat("x", 3000)
	want := post(t, s, "go", 1, text)
	post(t, s, "golf", 1, "quiet")
	wal, err := os.Stat(filepath.Join(dir, sqlite.DBFile+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	limit(t, uint64(wal.Size())+50_001) // not at a page's end
	var got outcome
	for ; ; want = append(want, posts(got.first, text)...) {
		next := uint64(len(want) + 1)
		if got = <-start(s, "go", posts(next, text)); got != (outcome{first: next}) {
			break
		}
	}
	limit(t, 1) // or a checkpoint makes room in the WAL, and all is well again
	if !unknown(got.err) {
		t.Errorf("the first that is not written: %v, want ErrUnknown", got.err)
	}
	head := uint64(len(want))
	if p, err := s.Page(t.Context(), "go", 1, head, 1<<20); err != nil || len(p.Posts) != len(want) {
		t.Errorf("what is confirmed: %d posts of %d, %v", len(p.Posts), head, err)
	}
	if _, err := s.Page(t.Context(), "go", 1, head+1, 1<<20); !failed(err) {
		t.Errorf("what is in doubt: %v, want ErrFailed", err)
	}
	if got := <-start(s, "golf", posts(2, text)); !failed(got.err) {
		t.Errorf("Append meanwhile: %v, want ErrFailed", got.err)
	}

	limit(t, 0)
	untilPosted(t, s, "golf", 2, "again")
	want = append(want, post(t, s, "go", head+1, "and here")...)
	has(t, s, "go", want)
	if failures, ends := book.count("cannot be written"), book.count("can be written again"); failures != 1 || ends != 1 {
		t.Errorf("logged %d failures and %d ends: %s", failures, ends, book.lines)
	}
	has(t, open(t, crash(t, dir, sqlite.DBFile, sqlite.DBFile+"-wal"), sqlite.Config{}), "go", want)
	shut(t, s)
	has(t, open(t, dir, sqlite.Config{}), "go", want)
}
