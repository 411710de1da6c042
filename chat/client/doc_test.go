package client_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"linechat/chat/client"
	"linechat/scripts/harness"
)

// TestDocumentedBot: the program in the package's documentation can be built, does
// what is said of it, also after the daemon was killed.
func TestDocumentedBot(t *testing.T) {
	d := runDaemon(t, "")
	alice := dial(t, client.Config{Server: d.Address, Nick: "alice"}.WithPause(quick))
	must[client.Joined](t)(alice.Join(t.Context(), "go", client.CreateRoom))
	bot, err := harness.Start(filepath.Join(t.TempDir(), "log"), buildDocumented(t, d.Address))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bot.Kill)
	next[client.MemberJoined](t, alice)
	for range 2 {
		must[uint64](t)(alice.Post(t.Context(), "go", "!time"))
		next[client.Message](t, alice)
		if m := next[client.Message](t, alice); m.Nick != "clock" || !regexp.MustCompile(`^alice: 1?\d:\d\d[AP]M$`).MatchString(m.Text) {
			t.Errorf("the bot says %+v", m)
		}
		d.Kill()
		if err := d.Start(); err != nil {
			t.Fatal(err)
		}
	}
}

// buildDocumented builds the program of the documentation for another server.
func buildDocumented(t *testing.T, server string) (program string) {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile(`(?ms)^//\tpackage main$.*?^//\t}$`).FindString(string(doc))
	code = regexp.MustCompile(`(?m)^//\t?`).ReplaceAllString(code, "")
	dir := t.TempDir()
	source, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "bot.exe")
	if err := os.WriteFile(source, []byte(strings.ReplaceAll(code, "localhost:5001", server)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, code)
	}
	return program
}

// next takes the next event of one type.
func next[E client.Event](t *testing.T, c *client.Client) (e E) {
	t.Helper()
	for event := range c.Events() {
		if e, ok := event.(E); ok {
			return e
		}
	}
	t.Fatalf("the client has ended: %v", c.Err())
	return e
}
