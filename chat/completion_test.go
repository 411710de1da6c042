//go:build unix

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// What Tab makes of a line, in every shell. The daemon has a room releases, and
// another daemon, OTHER, a room relics.
var completions = []struct{ line, want string }{
	{"chat pos", "chat post"},
	{"chat --nick bob his", "chat --nick bob history"},
	{"chat --ut", "chat --utc"},
	{"chat tail --no-f", "chat tail --no-follow"},
	{"chat --color alw", "chat --color always"},
	{"chat --key-file the", "chat --key-file the.key"},
	{"chat --tls-ca the", "chat --tls-ca the.key"},
	{"chat --password-file the", "chat --password-file the.key"},
	{"chat --log", "chat --login"},
	{"chat rel", "chat releases"},
	{"chat tail rel", "chat tail releases"},
	{"chat -h tail -n 3 rel", "chat -h tail -n 3 releases"},
	{"chat post releases rel", "chat post releases rel"},
	{"chat help sea", "chat help search"},
	{"chat completion zs", "chat completion zsh"},
	{"chat --server OTHER tail rel", "chat --server OTHER tail relics"},
	{"chat -s OTHER rel", "chat -s OTHER relics"},
	{"chat tail --server=OTHER rel", "chat tail --server=OTHER relics"},
}

// TestCompletion: Tab is pressed in a shell that has read the script for it.
// That the prompt is seen is how it is known to have done so.
func TestCompletion(t *testing.T) {
	d := startDaemon(t)
	d.do("", "--nick", "maker", "post", "releases", "begin")
	other := startDaemon(t)
	other.do("", "--nick", "maker", "post", "relics", "begin")
	at := func(line string) string { return strings.ReplaceAll(line, "OTHER", other.Address) }
	for _, shell := range []struct{ command, setUp string }{
		{"bash --norc --noprofile -i", `source <(chat completion bash); PS1='rea''dy$ '`},
		{"zsh -f -i", `autoload -Uz compinit; compinit -D; source <(chat completion zsh); PS1='rea''dy$ '`},
		{"fish --private", `chat completion fish | source; function fish_prompt; echo -n 'rea''dy$ '; end`},
	} {
		name, _, _ := strings.Cut(shell.command, " ")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startShell(t, d, strings.Fields(shell.command))
			s.types(shell.setUp + "\r")
			if !s.output.until(func(out string) bool { return strings.Contains(out, "ready$ ") }) {
				t.Fatalf("there is no prompt: %q", s.output)
			}
			for _, c := range completions {
				if got := s.complete(at(c.line)); got != at(c.want) {
					t.Errorf("%s is completed to %s, not to %s", c.line, got, c.want)
				}
			}
		})
	}
}

// A shell is one at a terminal.
type shell struct {
	t        *testing.T
	terminal *os.File
	output   *lockedBuffer
	pipe     *os.File // by the name of result where the shell is
	result   *bufio.Reader
}

func startShell(t *testing.T, d *daemon, command []string) *shell {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "the.key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := &shell{t: t, output: &lockedBuffer{}, pipe: namedPipe(t, filepath.Join(dir, "result"))}
	s.result = bufio.NewReader(s.pipe)
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "TERM=xterm", "CHAT_SERVER="+d.Address)
	var err error
	if s.terminal, err = pty.Start(cmd); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(s.output, s.terminal)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		<-read
		_ = s.terminal.Close()
	})
	return s
}

// namedPipe makes one. It is open for writing, too, so that it never ends.
func namedPipe(t *testing.T, path string) *os.File {
	t.Helper()
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func (s *shell) types(keys string) {
	s.t.Helper()
	if _, err := io.WriteString(s.terminal, keys); err != nil {
		s.t.Fatal(err)
	}
}

// complete types a line and Tab, and returns what that has become: with echo
// before it the shell says so.
func (s *shell) complete(line string) string {
	s.t.Helper()
	s.types(line + "\t" + "\x01echo \x05 >result\r")
	_ = s.pipe.SetReadDeadline(time.Now().Add(testTimeout))
	got, err := s.result.ReadString('\n')
	if err != nil {
		s.t.Fatalf("%s: %v; on the terminal is %q", line, err, s.output)
	}
	return strings.TrimSuffix(got, "\n")
}
