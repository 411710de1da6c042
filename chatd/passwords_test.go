package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// A logBuffer is a log that is kept.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// secret is in every password that the test types, with a number after it that says which
// one shows.
const secret = "s3cret-horse"

// TestPasswordsShowNowhere gives passwords in every way, right and wrong, and looks for them
// in all that the daemon keeps, writes and sends.
func TestPasswordsShowNowhere(t *testing.T) {
	t.Parallel()
	data, log := t.TempDir(), &logBuffer{}
	o := parseOptions(t, []string{"--listen", "127.0.0.1:0", "--data", data, "--max-line", "600"})
	d, err := start(o, o.logger(log))
	if err != nil {
		t.Fatal(err)
	}
	address := regexp.MustCompile(`msg=listening address=(\S+)`).FindStringSubmatch(log.String())[1]
	sent := givePasswords(dial(t, address))
	wantNone(t, "what the session was sent", sent)
	for _, want := range []string{"OK REGISTER alice", "OK PASSWD alice", "OK LOGIN alice", "ERR LOGIN bad-login", "ERR LOGIN bad-utf8", "ERR LOGIN too-long", "OK SEARCH go 0"} {
		if !strings.Contains(sent, want) {
			t.Errorf("the session has not got %q: %s", want, sent)
		}
	}
	wantNoneIn(t, data) // while the daemon runs, with its WAL
	if err := d.stop(); err != nil {
		t.Error(err)
	}
	wantNoneIn(t, data)
	wantNone(t, "the log", log.String())
	if exported := succeed(t, "export", "--data", data, "--accounts"); !strings.Contains(exported, "$argon2id$") {
		t.Errorf("no account was stored: %s", exported)
	} else {
		wantNone(t, "the export", exported)
	}
}

// givePasswords gives passwords in all ways, and returns what it is sent.
func givePasswords(c *client) string {
	next := 0
	password := func() string { next++; return fmt.Sprintf("%s-%02d", secret, next) }
	send := func(lines ...string) { c.send(strings.Join(lines, "\n") + "\n") }
	send("NICK alice", "CREATE go", "JOIN go", "REGISTER", password(), "PASSWD "+password(), "PASSWD", password())
	right := fmt.Sprintf("%s-%02d", secret, next)
	send("LOGOUT", "LOGIN alice "+password(), "LOGIN alice", password(), "LOGIN alice "+right, "LOGOUT", "LOGIN alice", right)
	send("LOGIN "+password()+" "+password(), "REGISTER "+password(), "IN go LOGIN alice "+password(), "ONCE k PASSWD "+password())
	send("LOGIN alice \xff"+password(), "LOGIN alice", password()+"\xff", "LOGIN alice "+password()+strings.Repeat("x", 700), "LOGIN alice", password()+strings.Repeat("x", 700))
	for _, talk := range []string{"SET talk on", "TALK"} {
		send(talk, "login alice", password(), "passwd", password(), "/login alice "+password(), "/login alice", password(), "register "+password(), "  PASSWD "+password())
		send("/format text", "/set talk off")
	}
	send("POST the last post", "HISTORY", "SEARCH horse", "QUIT")
	var sent strings.Builder
	for {
		line, err := c.ReadLine()
		if err != nil {
			return sent.String()
		}
		sent.WriteString(line + "\n")
	}
}

func wantNone(t *testing.T, where, text string) {
	t.Helper()
	for n, line := range strings.Split(text, "\n") {
		if strings.Contains(line, secret) {
			t.Errorf("%s, line %d: %.200q", where, n+1, line)
		}
	}
}

// wantNoneIn looks into all files of a directory.
func wantNoneIn(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		if bytes.Contains(content, []byte(secret)) || bytes.Contains(content, []byte("horse")) {
			t.Errorf("a password is in %s", file)
		}
	}
}
