package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSchemas has today's chatd take over data directories as earlier ones have
// left them, stopped and killed. testdata/schemaN was written by the first chatd
// of schema N, and export is what it held, as export --accounts says it.
func TestSchemas(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("testdata/schema*/*ed")
	if err != nil || len(dirs) < 6 {
		t.Fatalf("there are only %s: %v", dirs, err)
	}
	for _, dir := range dirs {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			if err := os.CopyFS(data, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(dir, "../export"))
			if err != nil {
				t.Fatal(err)
			}
			t.Run("migrate", func(t *testing.T) { startDaemon(t, "--data", data) })
			exportsAs(t, data, string(want))
			posts := strings.Count(string(want), `"seq":`)
			t.Run("use", func(t *testing.T) { useSchema(t, data) })
			if strings.Contains(string(want), `"hash":`) {
				t.Run("accounts", func(t *testing.T) { useAccounts(t, data, strings.Contains(string(want), `"ignored":`)) })
			}
			succeed(t, "check", "--data", data)
			if after := succeed(t, "export", "--data", data); strings.Count(after, `"seq":`) != posts+1 {
				t.Errorf("one post more than %d is stored, want: %s", posts, after)
			}
			backup := filepath.Join(t.TempDir(), "chat.db")
			succeed(t, "backup", "--data", data, backup)
			succeed(t, "check", backup)
		})
	}
}

// exportsAs compares an export with an earlier one.
func exportsAs(t *testing.T, data, want string) {
	t.Helper()
	if got := succeed(t, "export", "--accounts", "--data", data); got != want {
		t.Errorf("it exports\n%s\nwant\n%s", got, want)
	}
}

// useSchema reads, searches and posts through a daemon.
func useSchema(t *testing.T, data string) {
	eve := dial(t, startDaemon(t, "--data", data))
	eve.line()
	eve.send("NICK eve\nIN 東京 HISTORY\nIN go SEARCH needle\nIN go SEARCH cafe from:zoë\nIN zoo HISTORY 9\nCREATE київ-2\nIN 東京 POST and on\n")
	eve.expect("OK NICK eve")
	for _, want := range []string{
		"MSG 東京 1 eve 今日は needle", "OK HISTORY 東京 1 1",
		"MSG go 6 eve by the daemon, needle", "OK SEARCH go 1 ",
		"ME go 3 Zoë waves, as in a café", "OK SEARCH go 1 ",
		"GAP zoo 495 500 retention", "MSG zoo 501 bob what is left", "ME zoo 502 bob waves",
		"MSG zoo 503 eve one", "MORE zoo 503 eve .two", "OK HISTORY zoo 3 503",
		"ERR CREATE room-exists there is a room київ-2, or one that looks like it; JOIN it or choose another name",
		"OK POST 東京 2",
	} {
		got := eve.line()
		var at string
		if n, _ := fmt.Sscanf(got, "PAST %s ", &at); n == 1 {
			got = strings.TrimPrefix(got, "PAST "+at+" ")
		}
		if got != want && !(strings.HasPrefix(want, "OK SEARCH ") && strings.HasPrefix(got, want)) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// useAccounts logs in, and meets names that are taken, one that was given up, and those that
// an account ignores.
func useAccounts(t *testing.T, data string, ignores bool) {
	eve := dial(t, startDaemon(t, "--data", data))
	eve.line()
	eve.send("NICK zoe\nNICK zoë\nLOGIN gone open sesame\nCREATE scratch\nLOGIN alice open sesame\nKEYS\n")
	eve.expect("OK NICK zoe")
	eve.refused("NICK nick-registered")
	eve.refused("LOGIN bad-login")
	eve.expect("OK CREATE scratch") // a room of that name was deleted
	eve.expect("OK LOGIN alice")
	eve.expect("KEY SHA256:1h0X8/DyK9mC4jUt9pOWqEJ+fzqK/nqJpCtDRVCYFXE ssh 2026-11-29T05:55:52.529Z unproved alice at home")
	eve.expect("OK KEYS")
	if ignores {
		eve.send("IGNORE\n")
		eve.expect("IGNORED mallory")
		eve.expect("IGNORED Zoë")
	}
}

// refused reads an ERR.
func (c *client) refused(verbAndCode string) {
	c.t.Helper()
	if got := c.line(); !strings.HasPrefix(got, "ERR "+verbAndCode+" ") {
		c.t.Errorf("got %q, want ERR %s", got, verbAndCode)
	}
}
