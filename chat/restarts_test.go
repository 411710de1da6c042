package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"linechat/scripts/harness"
)

// For more than go test does by itself:
//
//	go test ./chat -run Restarts -v -args -lines 100000 -kills 20
var (
	stressLines = flag.Int("lines", 2000, "`lines` that TestRestarts posts")
	stressKills = flag.Int("kills", 3, "how often TestRestarts kills the daemon")
)

// TestRestarts: a daemon that is killed and started again in the middle of a
// piped post and of a tail costs neither of them a line, and doubles none.
func TestRestarts(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "--rate", "0")
	post, tail, lines := startFlow(t, d)
	began := time.Now()
	go func() {
		defer post.stdin.Close()
		for i := range lines {
			if _, err := fmt.Fprintf(post.stdin, "line %d of the log\n", i+1); err != nil {
				return
			}
		}
	}()
	var tailed []string
	for kill := 1; kill <= *stressKills; kill++ {
		for len(tailed) < lines*kill/(*stressKills+1) {
			tailed = append(tailed, textOf(tail.line()))
		}
		d.Kill()
		d.restart()
	}
	for len(tailed) < lines {
		tailed = append(tailed, textOf(tail.line()))
	}
	post.ends(exitOK)
	took := time.Since(began)
	signalTo(t, tail, syscall.SIGINT)
	tailed = append(tailed, texts(tail.ends(exitInterrupted))...)
	kept := d.texts("log")[1:]
	t.Logf("%d lines, %d kills, %.1f s: kept %s; tailed %s", lines, *stressKills, took.Seconds(), compare(kept, lines), compare(tailed, lines))
	for name, got := range map[string][]string{"kept": kept, "tailed": tailed} {
		if c := compare(got, lines); c != (comparison{}) {
			t.Errorf("%s: %s", name, c)
		}
	}
}

// startFlow starts a tail of a new room, and a post to it.
func startFlow(t *testing.T, d *daemon) (post, tail *running, lines int) {
	t.Helper()
	d.do("", "--nick", "maker", "post", "log", "begin")
	tail = d.chat("tail", "log")
	tail.timer.Reset(10 * testTimeout)
	tail.line()
	post = d.chat("--nick", "poster", "post", "log")
	post.timer.Reset(10 * testTimeout)
	return post, tail, *stressLines
}

func textOf(line string) string { return strings.SplitN(line, " ", 3)[2] }

func texts(lines []string) []string {
	for i := range lines {
		lines[i] = textOf(lines[i])
	}
	return lines
}

// A comparison is how lines that came differ from those that were due.
type comparison struct{ lost, doubled, misplaced int }

func (c comparison) String() string {
	return fmt.Sprintf("%d lost, %d doubled, %d out of order", c.lost, c.doubled, c.misplaced)
}

func compare(got []string, due int) (c comparison) {
	seen := make(map[string]int, due)
	for i, line := range got {
		seen[line]++
		if i < due && line != fmt.Sprintf("line %d of the log", i+1) {
			c.misplaced++
		}
	}
	for i := range due {
		switch n := seen[fmt.Sprintf("line %d of the log", i+1)]; n {
		case 0:
			c.lost++
		default:
			c.doubled += n - 1
		}
	}
	c.misplaced += max(len(got)-due, 0)
	return c
}

func signalTo(t *testing.T, r *running, s os.Signal) {
	t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// TestMoves: a post whose daemon stops, or dies, goes on at another.
func TestMoves(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*daemon){"stops": (*daemon).stop, "dies": func(d *daemon) { d.Kill() }} {
		t.Run(name, func(t *testing.T) {
			first, second := startDaemon(t), startDaemon(t)
			several := &daemon{t, &harness.Chatd{Address: first.Address + "," + second.Address}}
			post := several.chat("--nick", "poster", "post", "go")
			_, _ = io.WriteString(post.stdin, "one\n")
			post.awaits("created room go")
			if len(first.do("", "rooms")) == 0 {
				first, second = second, first
			}
			waitFor(t, first, "history", "go", "one")
			end(first)
			post.awaits(`(?m)^chat: lost the connection: .*; reconnecting for up to 5m0s\nchat: connected again, to ` + second.Address + `$`)
			_, _ = io.WriteString(post.stdin, "two\n")
			_ = post.stdin.Close()
			post.ends(exitOK)
			if texts := second.texts("go"); len(texts) != 1 || texts[0] != "two" {
				t.Errorf("the other has %q", texts)
			}
		})
	}
}

// TestLost: a connection that does not come back ends every command with exit
// code 4, also one that waits for input.
func TestLost(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	post := d.chat("--reconnect-timeout", "1ms", "--nick", "poster", "post", "go")
	_, _ = io.WriteString(post.stdin, "one\n")
	post.awaits("created room go")
	tail := d.chat("--reconnect-timeout", "0", "tail", "go")
	if text := textOf(tail.line()); text != "one" {
		t.Fatalf("tail shows %q", text)
	}
	d.Kill()
	post.ends(exitLost)
	post.says(`(?m)^chat: 1 line posted to go$`)
	post.says(`(?m)^chat: lost the connection to \S+: .*--reconnect-timeout sets how long\)$`)
	tail.ends(exitLost)
}

// TestSlowInput: what comes slowly is posted as it comes.
func TestSlowInput(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	d.do("", "--nick", "maker", "post", "go", "begin")
	tail := d.chat("tail", "go", "-n", "0")
	waitFor(t, d, "who", "go", "guest-")
	post := d.chat("--nick", "poster", "post", "go")
	for _, line := range []string{"compiling", "linking", "done"} {
		_, _ = io.WriteString(post.stdin, line+"\n")
		if text := textOf(tail.line()); text != line {
			t.Fatalf("tail shows %q, not %q", text, line)
		}
	}
	post.stdin.Close()
	post.ends(exitOK)
}

// waitFor asks until the answer matches.
func waitFor(t *testing.T, d *daemon, command, room, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for late := time.Now().Add(testTimeout); time.Now().Before(late); {
		if re.MatchString(strings.Join(d.do("", command, room), "\n")) {
			return
		}
	}
	t.Fatalf("chat %s %s was to match %q", command, room, pattern)
}
