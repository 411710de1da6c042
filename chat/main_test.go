package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"linechat/scripts/harness"
)

// testTimeout bounds every wait of a test for what must come.
const testTimeout = 60 * time.Second

// A suite is all tests, with a chatd to run them against.
type suite struct{ m *testing.M }

var chatdPath string

func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "chat")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if chatdPath, err = harness.Build(context.Background(), dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, name := range append(os.Environ(), "NO_COLOR=") {
		if name, _, _ = strings.Cut(name, "="); strings.HasPrefix(name, "CHAT_") || name == "NO_COLOR" {
			os.Unsetenv(name)
		}
	}
	os.Setenv("GORACE", noSleep)
	return s.m.Run()
}

// noSleep spares every chat the second that the race detector has it wait at
// its end.
const noSleep = "atexit_sleep_ms=0"

func TestMain(m *testing.M) { testscript.Main(suite{m}, map[string]func(){"chat": main}) }

// A daemon is a chatd for one test.
type daemon struct {
	t testing.TB
	*harness.Chatd
}

// startDaemon starts a chatd, which ends with the test.
func startDaemon(t testing.TB, flags ...string) *daemon {
	t.Helper()
	c, err := harness.StartChatd(chatdPath, t.TempDir(), "127.0.0.1:0", flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Kill() })
	return &daemon{t, c}
}

// stop has it say BYE to everybody and end.
func (d *daemon) stop() {
	d.t.Helper()
	if err := d.Stop(testTimeout); err != nil {
		d.t.Fatal(err)
	}
}

// restart starts it again where it was.
func (d *daemon) restart() {
	d.t.Helper()
	if err := d.Start(); err != nil {
		d.t.Fatal(err)
	}
}

// A running is a chat that has been started.
type running struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *bufio.Scanner // stdout, line by line
	stderr *lockedBuffer
	timer  *time.Timer
}

// chat starts chat on this daemon. Its TERM is dumb, and its nick a guest's
// unless the arguments have one.
func (d *daemon) chat(args ...string) *running {
	d.t.Helper()
	r := &running{t: d.t, cmd: exec.Command("chat", append([]string{"--server", d.Address}, args...)...), stderr: &lockedBuffer{}}
	r.cmd.Env = append(os.Environ(), "TERM=dumb")
	r.cmd.Stderr = r.stderr
	var err error
	if r.stdin, err = r.cmd.StdinPipe(); err != nil {
		d.t.Fatal(err)
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	r.out = bufio.NewScanner(out)
	r.out.Buffer(nil, 1<<20)
	if err := r.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	r.timer = time.AfterFunc(testTimeout, func() { _ = r.cmd.Process.Signal(syscall.SIGQUIT) })
	d.t.Cleanup(func() { _ = r.cmd.Process.Kill() })
	return r
}

// line is the next line of stdout.
func (r *running) line() string {
	r.t.Helper()
	if !r.out.Scan() {
		r.t.Fatalf("stdout has ended; stderr: %s", r.stderr)
	}
	return r.out.Text()
}

// ends reads stdout up to its end, and wants this exit code.
func (r *running) ends(code int) (rest []string) {
	r.t.Helper()
	for r.out.Scan() {
		rest = append(rest, r.out.Text())
	}
	_ = r.cmd.Wait()
	r.timer.Stop()
	if got := r.cmd.ProcessState.ExitCode(); got != code {
		r.t.Fatalf("chat %q exited with %d, not %d; stderr: %s", r.cmd.Args[3:], got, code, r.stderr)
	}
	return rest
}

// says wants stderr to match.
func (r *running) says(pattern string) {
	r.t.Helper()
	if !regexp.MustCompile(pattern).MatchString(r.stderr.String()) {
		r.t.Fatalf("stderr is to match %q: %s", pattern, r.stderr)
	}
}

// awaits waits until stderr matches.
func (r *running) awaits(pattern string) {
	r.t.Helper()
	re := regexp.MustCompile(pattern)
	if !r.stderr.until(re.MatchString) {
		r.t.Fatalf("stderr was to match %q: %s", pattern, r.stderr)
	}
}

// do runs chat to its end, with this input, and wants exit code 0.
func (d *daemon) do(input string, args ...string) (out []string) {
	d.t.Helper()
	r := d.chat(args...)
	if _, err := io.WriteString(r.stdin, input); err != nil {
		d.t.Fatal(err)
	}
	_ = r.stdin.Close()
	return r.ends(0)
}

// texts are the posts of a room, without time and nick.
func (d *daemon) texts(room string) []string {
	d.t.Helper()
	var texts []string
	for _, line := range d.do("", "history", room, "--after", "0") {
		texts = append(texts, strings.SplitN(line, " ", 3)[2])
	}
	return texts
}

// A lockedBuffer is what a program has written so far.
type lockedBuffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	changed chan struct{} // closed with the next write; nil: nobody waits
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// until waits until what was written is good; false: it never was.
func (l *lockedBuffer) until(good func(string) bool) bool {
	late := time.After(testTimeout)
	for {
		l.mu.Lock()
		text := l.b.String()
		if l.changed == nil {
			l.changed = make(chan struct{})
		}
		changed := l.changed
		l.mu.Unlock()
		if good(text) {
			return true
		}
		select {
		case <-changed:
		case <-late:
			return false
		}
	}
}
