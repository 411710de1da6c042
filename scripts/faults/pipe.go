package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"linechat/chatd/proto"
	"linechat/scripts/harness"
)

// Rooms that are piped into.
const (
	ncRoom   = "go"
	chatRoom = "build"
)

// runPipe pipes lines into clients, as people do who never heard of limits. chatd must take
// all of them, however slowly:
//
//	{ echo CREATE go; echo JOIN go; yes | head -20000 | sed 's/^/POST /'; } | nc -N -s 127.0.0.2 127.0.0.1 5001
//	make 2>&1 | chat post build
func runPipe(ctx context.Context, w *workspace) error {
	if err := canAttack(); err != nil {
		return err
	}
	nc, err := findNC()
	if err != nil {
		return skipped{err.Error()}
	}
	if err := w.build(ctx); err != nil {
		return err
	}
	chat, err := harness.BuildChat(ctx, w.dir)
	if err != nil {
		return err
	}
	for n := range w.rounds {
		if err := w.pipe(ctx, nc, chat, w.path(fmt.Sprintf("pipe-%d", n))); err != nil {
			return err
		}
	}
	return nil
}

// findNC finds the nc that ends its output when its input ends.
func findNC() (path string, err error) {
	for _, name := range []string{"nc.openbsd", "nc"} {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", err
}

// pipe pipes lines into nc, and then into chat, with chatd's files in a new directory.
func (w *workspace) pipe(ctx context.Context, nc, chat, dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	flags, err := w.exposed(ctx)
	if err != nil {
		return err
	}
	daemon, err := harness.StartChatd(w.chatd, dir, "127.0.0.1:0", flags...)
	if err != nil {
		return err
	}
	defer daemon.Kill()
	if err := w.pipeNC(ctx, nc, daemon.Address); err != nil {
		return fmt.Errorf("nc: %w", err)
	}
	if err := w.pipeChat(ctx, chat, daemon.Address); err != nil {
		return fmt.Errorf("chat: %w", err)
	}
	return w.readBack(ctx, adminSocket(dir))
}

// pipeNC has nc post, from a stranger's address, and checks each answer.
func (w *workspace) pipeNC(ctx context.Context, nc, address string) error {
	host, port, _ := strings.Cut(address, ":")
	input := "CREATE " + ncRoom + "\nJOIN " + ncRoom + "\n" + strings.Repeat("POST y\n", w.ncLines)
	w.progress.Show("nc sends %d posts", w.ncLines)
	began := time.Now()
	out, err := piped(ctx, strings.NewReader(input), nc, "-N", "-s", "127.0.0.2", host, port)
	if err != nil {
		return err
	}
	took := time.Since(began)
	notices, err := checkAnswers(out, w.ncLines)
	if err != nil {
		return err
	}
	w.printf("nc: %d posts of one guest, none refused, in %.1f s; it was told: %s\n", w.ncLines, took.Seconds(), notices)
	return nil
}

// checkAnswers checks what a client received that has sent so many posts to a new room, and
// returns the texts of NOTICEs.
func checkAnswers(out string, posts int) (notices string, err error) {
	answered := 0
	for text := range strings.Lines(out) {
		line, err := proto.ParseLine(strings.TrimSuffix(text, "\n"))
		switch {
		case err != nil:
			return "", err
		case line.Type == proto.ERR:
			return "", fmt.Errorf("after %d posts came ERR %s %s", answered, line.Code, line.Text)
		case line.Type == proto.NOTICE:
			notices += line.Text + "; "
		case line.Type == proto.OK && line.Verb == "POST":
			if answered++; line.Seq != uint64(answered) {
				return "", fmt.Errorf("post %d was answered with number %d", answered, line.Seq)
			}
		}
	}
	if answered != posts {
		return "", fmt.Errorf("%d of %d posts were answered, and the end was %q", answered, posts, out[max(0, len(out)-200):])
	}
	return strings.TrimSuffix(notices, "; "), nil
}

// pipeChat has chat post what a long build might print.
func (w *workspace) pipeChat(ctx context.Context, chat, address string) error {
	var input bytes.Buffer
	for n := range w.chatLines {
		fmt.Fprintln(&input, buildLine(n))
	}
	w.progress.Show("chat posts %d lines", w.chatLines)
	began := time.Now()
	out, err := piped(ctx, &input, chat, "--server", address, "--nick", "make", "post", chatRoom)
	if err != nil {
		return err
	}
	w.printf("chat: %d lines of %d bytes posted in %.1f s; it printed %q\n", w.chatLines, len(buildLine(0)), time.Since(began).Seconds(), out)
	return nil
}

// buildLine returns a line of 100 bytes.
func buildLine(n int) string {
	return fmt.Sprintf("%-98s%02d", fmt.Sprint("compiling file ", n), n%100)
}

// piped runs a program with an input, and returns what it prints.
func piped(ctx context.Context, input io.Reader, argv ...string) (string, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = harness.Environment()
	cmd.Stdin = input
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: it printed %.500q", err, out)
	}
	return string(out), nil
}

// readBack checks that both rooms have what was piped into them, and nothing else.
func (w *workspace) readBack(ctx context.Context, socket string) error {
	w.progress.Show("reading both rooms")
	stored, err := readAll(ctx, socket, []string{ncRoom, chatRoom})
	if err != nil {
		return err
	}
	for n, line := range stored[1] {
		if line.Text != buildLine(n) || line.Seq != uint64(n+1) {
			return fmt.Errorf("line %d is stored as number %d, %q", n+1, line.Seq, line.Text)
		}
	}
	if len(stored[0]) != w.ncLines || len(stored[1]) != w.chatLines {
		return fmt.Errorf("%d and %d posts are stored", len(stored[0]), len(stored[1]))
	}
	return nil
}
