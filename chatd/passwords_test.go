package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/pflag"
)

// passwordPlaces are the places where a password could show, and of each the test that it
// does not: the directory of a package and the name of the test, or an expect session.
var passwordPlaces = []struct{ place, in, test string }{
	{"the data directory, with its WAL; the log; HISTORY and SEARCH; the export", "chatd", "TestPasswordsShowNowhere"},
	{"the log of what admins do", "chatd/internal/server", "TestAdminsAreLogged"},
	{"errors, of passwords that are words of a command", "chatd/internal/server", "TestRefusalsRepeatNoPassword"},
	{"errors, of passwords that are the next line", "chatd/internal/server", "TestRefusalsComeAfterThePassword"},
	{"errors, where the input ends in a password", "chatd/internal/server", "TestInputEndsBeforeThePassword"},
	{"errors of chatd's own", "chatd/internal/account", "TestPrepare"},
	{"posts, in talk and in TALK", "chatd/internal/server", "TestPasswordsAreNeverPosted"},
	{"what others at one's side read, at nc: a NOTICE says that it shows", "", "scripts/expect/password.nc.exp"},
	{"what telnet shows", "chatd/internal/server", "TestTelnetHidesThePassword"},
	{"what telnet and plink show, the real ones", "", "scripts/expect/password.telnet.exp"},
	{"what openssl s_client shows, and takes for a command of its own", "", "scripts/expect/password.openssl.exp"},
	{"what the line editor of ssh shows", "chatd/internal/server", "TestLineEditorHidesThePassword"},
	{"what ssh shows, and its Up key brings back", "", "scripts/expect/ssh-terminal.sh"},
	{"the list of processes: a command of ssh", "chatd/internal/server", "TestPasswordInAShownCommandIsRefused"},
	{"the list of processes: ssh itself, and its log", "", "scripts/expect/ssh.sh"},
	{"the list of processes: chatd admin", "chatd", "TestAdminTakesNoPasswordInWords"},
	{"what chatd admin shows at a terminal", "", "scripts/expect/password.admin.exp"},
	{"the flags and the environment of chatd", "chatd", "TestNoFlagTakesAPassword"},
	{"the flags and the environment of chat", "chat", "TestNoFlagTakesAPassword"},
	{"the screen of chat, and its files, before it connects", "chat", "TestAskedForPassword"},
	{"the screen of chat, and its files, logged in", "chat", "TestLogin"},
	{"what chat's prompt shows, and Up brings back", "chat/internal/prompt", "TestAskSecret"},
	{"chat's input history, of passwords that are typed as words", "chat/internal/ui", "TestRemembers"},
	{"a connection of chat that others may read", "chat/internal/ui", "TestPasswordIsNotSent"},
	{"the log and the errors of package client", "chat/client", "TestPasswordIsNotLogged"},
}

// TestEachPlaceHasItsTest holds the list to the tests that there are.
func TestEachPlaceHasItsTest(t *testing.T) {
	for _, p := range passwordPlaces {
		files := []string{filepath.Join("..", filepath.FromSlash(p.test))}
		if p.in != "" {
			files, _ = filepath.Glob(filepath.Join("..", filepath.FromSlash(p.in), "*_test.go"))
		}
		found := slices.ContainsFunc(files, func(file string) bool {
			source, err := os.ReadFile(file)
			return err == nil && (p.in == "" || bytes.Contains(source, []byte("\nfunc "+p.test+"(")))
		})
		if !found {
			t.Errorf("%s: there is no %s %s", p.place, p.in, p.test)
		}
	}
}

// asked is an environment without variables that keeps the names of those that are asked for.
type asked []string

func (a *asked) lookup(name string) (string, bool) {
	*a = append(*a, name)
	return "", false
}

// Whatever is given as a flag or in the environment, others may read.
func TestNoFlagTakesAPassword(t *testing.T) {
	var variables asked
	p := &program{env: variables.lookup}
	root := p.rootCommand()
	root.SetErr(io.Discard)
	for _, c := range append(root.Commands(), root) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if secretive.MatchString(f.Name) {
				t.Errorf("%s has --%s", c.CommandPath(), f.Name)
			}
		})
	}
	for _, args := range [][]string{{"--rate", "-1"}, {"admin", "--admin", "nowhere", "PASSWD", "alice"}} {
		root.SetArgs(args)
		if err := root.Execute(); err == nil {
			t.Errorf("chatd %q succeeds", args)
		}
	}
	if len(variables) == 0 {
		t.Error("no variable is asked for")
	}
	for _, name := range variables {
		if secretive.MatchString(name) {
			t.Errorf("the variable %s is asked for", name)
		}
	}
}

// secretive matches the name of what takes a password.
var secretive = regexp.MustCompile(`(?i)pass|secret|pw`)

// A password in the line of chatd admin is refused before anything is sent, so there need be
// no chatd.
func TestAdminTakesNoPasswordInWords(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"PASSWD alice ", "/passwd alice ", "REGISTER ", "LOGIN alice ", "IN go LOGIN alice "} {
		code, stdout, stderr := runCommand(append([]string{"admin", "--admin", "nowhere"}, strings.Fields(line+secret)...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, "reads it from stdin") || strings.Contains(stderr, secret) {
			t.Errorf("%s: exit code %d, %q, %q", line, code, stdout, stderr)
		}
	}
}

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
	d, err := start(t.Context(), o, o.logger(log))
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
		if filepath.Base(file) == adminFile {
			continue // a socket
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		if bytes.Contains(content, []byte(secret)) || bytes.Contains(content, []byte("horse")) {
			t.Errorf("a password is in %s", file)
		}
	}
}
