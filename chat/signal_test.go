package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestInterruptedPost: a signal ends reading; what is under way is waited for
// and counted, and nothing of it is lost.
func TestInterruptedPost(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		d := startDaemon(t)
		post := d.chat("--nick", "poster", "post", "go")
		for i := range 300 {
			fmt.Fprintf(post.stdin, "line %d\n", i)
		}
		io.WriteString(post.stdin, "cut off")
		waitFor(t, d, "rooms", "go", "go")
		waitFor(t, d, "history", "go", "line 299")
		signalTo(t, post, s)
		post.ends(exitInterrupted)
		post.says(`(?m)^chat: 300 lines posted to go$`)
		if n := len(d.texts("go")); n != 300 {
			t.Errorf("%v: %d lines were posted", s, n)
		}
	}
}

// TestInterruptedUnderWay: without an answer it is said of how many lines
// nothing is known.
func TestInterruptedUnderWay(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	post := d.chat("--nick", "poster", "post", "go")
	io.WriteString(post.stdin, "one\n")
	waitFor(t, d, "rooms", "go", "go")
	waitFor(t, d, "history", "go", "one")
	d.Kill()
	post.awaits("lost the connection")
	// When a write of more than pipes hold has ended, its beginning has been read.
	io.WriteString(post.stdin, "two\nthree\n"+strings.Repeat("\n", 1<<20))
	signalTo(t, post, syscall.SIGTERM)
	post.ends(exitInterrupted)
	post.says(`(?m)^chat: 1 line posted to go; 2 more may have been posted$`)
}

// TestReaderGone: a tail ends with 0 when its reader does, while nothing comes,
// and so does a command that finds no reader.
func TestReaderGone(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	d.do("", "--nick", "maker", "post", "go", "begin")
	for _, args := range [][]string{{"tail", "go"}, {"tail", "go", "-n", "0"}, {"rooms"}, {"history", "go"}, {"completion", "bash"}} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd := exec.Command("chat", append([]string{"--server", d.Address}, args...)...)
		cmd.Stdout, cmd.Stderr = w, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if args[0] == "tail" && len(args) == 2 {
			if line, err := bufio.NewReader(r).ReadString('\n'); err != nil || textOf(line) != "begin\n" {
				t.Errorf("tail shows %q, %v", line, err)
			}
		}
		r.Close()
		if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
			t.Errorf("chat %q without a reader: %v, and says %q", args, err, stderr.String())
		}
	}
}

// TestTailInterrupted: 130, and nothing else is said.
func TestTailInterrupted(t *testing.T) {
	t.Parallel()
	d := startDaemon(t)
	d.do("", "--nick", "maker", "post", "go", "begin")
	tail := d.chat("tail", "go")
	tail.line()
	signalTo(t, tail, syscall.SIGINT)
	tail.ends(exitInterrupted)
	if said := tail.stderr.String(); said != "" {
		t.Errorf("tail said %q", said)
	}
}
