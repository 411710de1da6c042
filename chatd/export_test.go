package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const (
	goRoom  = `{"type":"room","room":"go","topic":"all about Go","topic_by":"bob","maker":"alice","made":"2026-11-23T10:00:00.000000001Z","first":1,"head":3}`
	goOne   = `{"type":"msg","room":"go","seq":1,"time":"2026-11-23T10:00:01.000000000Z","nick":"bob","text":"<hi> & \"ho\" \\ \t日本語 👩‍🚀","once":"5f3a9c01be774d20"}`
	goTwo   = `{"type":"me","room":"go","seq":2,"time":"2026-11-23T10:00:01.000000000Z","nick":"Jürgen","text":"waves"}`
	goLast  = `{"type":"msg","room":"go","seq":3,"time":"2026-11-23T10:00:01.000000002Z","nick":"guest-4f2a1c","text":"func main() {\n\tprintln()\n\n}"}`
	emptied = `{"type":"room","room":"Stille","maker":"alice","made":"2026-01-01T00:00:00.000000000Z","first":51,"head":50,"dropped":"2026-02-01T00:00:00.000000000Z"}`
	empty   = `{"type":"room","room":"zoo","maker":"alice","guest":true,"made":"2026-01-01T00:00:00.000000000Z","first":1,"head":0}`
	kept    = `{"type":"room","room":"東京-2","maker":"田中","made":"2026-01-01T00:00:00.000000000Z","first":501,"head":502,"dropped":"2026-02-01T00:00:00.000000000Z"}
{"type":"msg","room":"東京-2","seq":501,"time":"2026-02-01T00:00:00.000000000Z","nick":"田中","text":" two blanks  "}
{"type":"msg","room":"東京-2","seq":502,"time":"2026-02-01T00:00:00.000000000Z","nick":"田中","text":"x"}`
)

func lines(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

var everything = lines(goRoom, goOne, goTwo, goLast, emptied, empty, kept)

// TestExportOfAnImportIsTheSame: byte for byte.
func TestExportOfAnImportIsTheSame(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "of", "its own")
	if got, want := succeed(t, "import", "--data", data, file(t, everything)), data+": 4 rooms, 5 posts imported\n"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	if got := succeed(t, "export", "--data", data); got != everything {
		t.Errorf("got\n%s\nwant\n%s", got, everything)
	}
	if got := succeed(t, "export", "--data", data, "ＧＯ"); got != lines(goRoom, goOne, goTwo, goLast) {
		t.Errorf("room go is\n%s", got)
	}
}

// TestImportTakesWhatADaemonHasStored posts what there is to post, and takes it
// to another directory and back.
func TestImportTakesWhatADaemonHasStored(t *testing.T) {
	t.Parallel()
	data, other := t.TempDir(), t.TempDir()
	t.Run("daemon", func(t *testing.T) {
		c := dial(t, startDaemon(t, "--data", data))
		c.send("NICK alice\nCREATE go all about Go\nCREATE Café\nJOIN go\nIN go ONCE 5f3a9c01be774d20 POST once\nME waves\n" +
			"PASTE\nfirst\n\n..\n\tlast\n.\nIN café POST 👩‍🚀  \nIN café TOPIC ça va\nPOST " + strings.Repeat("long ", 1600) + "\nQUIT\n")
		for c.line() != "BYE quit good-bye" {
		}
		if got := succeed(t, "check", "--data", data); got != "ok "+data+": 2 rooms, 5 posts\n" {
			t.Errorf("check of a store in use says %q", got)
		}
		code, _, stderr := runCommand("import", "--data", data, file(t, everything))
		if want := fmt.Sprint("in use by another chatd, process ", os.Getpid()); code != exitFailed || !strings.Contains(stderr, want) {
			t.Errorf("import beside it ends with %d: %s; want %q", code, stderr, want)
		}
	})
	exported := succeed(t, "export", "--data", data)
	if n := strings.Count(exported, "\n"); n != 7 {
		t.Fatalf("exported %d lines\n%s", n, exported)
	}
	succeed(t, "import", "--data", other, file(t, exported))
	if got := succeed(t, "export", "--data", other); got != exported {
		t.Errorf("got\n%s\nwant\n%s", got, exported)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	succeed(t, "backup", "--data", data, backup)
	if got := succeed(t, "check", backup); got != "ok "+backup+": 2 rooms, 5 posts\n" {
		t.Errorf("check of the backup says %q", got)
	}
}

// TestExportSaysWhatIsLost, and gives the rest.
func TestExportSaysWhatIsLost(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	succeed(t, "import", "--data", data, file(t, everything))
	spoil(t, filepath.Join(data, "chat.db"), "waves")
	code, stdout, stderr := runCommand("export", "--data", data)
	if code != exitFailed || stderr != "chatd export: room go: post 2 has changed; it is left out\n" {
		t.Errorf("it ends with %d and says %q", code, stderr)
	}
	if want := lines(goRoom, goOne, goLast, emptied, empty, kept); stdout != want {
		t.Errorf("got\n%s\nwant\n%s", stdout, want)
	}
	code, stdout, stderr = runCommand("check", "--data", data)
	if code != exitFailed || stdout != "room go: post 2 has changed\n" || stderr != "" {
		t.Errorf("check ends with %d and says %q and %q", code, stdout, stderr)
	}
	backup := filepath.Join(data, "backup")
	code, stdout, stderr = runCommand("backup", "--data", data, backup)
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "chatd check says where") {
		t.Errorf("backup ends with %d and says %q and %q", code, stdout, stderr)
	}
}

// spoil changes a word in a file.
func spoil(t *testing.T, path, word string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil || !bytes.Contains(content, []byte(word)) {
		t.Fatalf("%s has no %q: %v", path, word, err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(content, []byte(word), []byte(strings.ToUpper(word))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A brokenPipe takes so many bytes, and is then read no longer.
type brokenPipe struct{ left int }

func (w *brokenPipe) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, &os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}
	}
	return len(p), nil
}

// TestExportIsQuietWhenItsReaderGoes also where SIGPIPE is ignored.
func TestExportIsQuietWhenItsReaderGoes(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	succeed(t, "import", "--data", data, file(t, everything))
	var stderr bytes.Buffer
	if code := run([]string{"export", "--data", data}, strings.NewReader(""), &brokenPipe{100}, &stderr); code != exitFailed || stderr.Len() > 0 {
		t.Errorf("it ends with %d and says %q", code, &stderr)
	}
}
