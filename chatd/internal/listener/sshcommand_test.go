package listener

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// runCommand runs a command against a server that reads lines and answers each with what
// answers returns for it, until the input ends.
func runCommand(t *testing.T, line, stdin string, answer func(line string) string) (stdout, stderr string, err error, read []string) {
	t.Helper()
	s := serveSSH(t, nil)
	var out, errs bytes.Buffer
	session, c := s.guest(func(session *ssh.Session) error {
		session.Stdin, session.Stdout, session.Stderr = strings.NewReader(stdin), &out, &errs
		return session.Start(line)
	})
	if !IdentityOf(c).Command {
		t.Error("it is no command")
	}
	_, _ = io.WriteString(c, "HELLO chatd/1 alice Type HELP\nNOTICE welcome\n")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		read = append(read, lines.Text())
		for _, b := range []byte(answer(lines.Text())) { // in the smallest of pieces
			if _, err := c.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, _ = io.WriteString(c, "BYE end-of-input good-bye\n")
	_ = c.Close()
	if err = session.Wait(); err == io.EOF { // what was left of stdin had nowhere to go
		err = nil
	}
	return out.String(), errs.String(), err, read
}

func TestCommands(t *testing.T) {
	paste := func(line string) string {
		switch line {
		case "IN ops PASTE":
			return "SEND ops the lines, and a . at their end\n"
		case ".":
			return "OK PASTE ops 7\n"
		}
		return ""
	}
	password := func(line string) string {
		if line == "LOGIN bob" {
			return "NOTICE it shows\nSEND - type the password\n"
		}
		return "OK LOGIN bob\n"
	}
	for name, test := range map[string]struct {
		line, stdin    string
		answer         func(string) string
		stdout, stderr string
		failed         bool
		read           string
	}{
		"that is done": {line: "WHO", stdin: "POST no\n", answer: func(string) string { return "USER go bob guest\nOK WHO go 1\n" },
			stdout: "USER go bob guest\nOK WHO go 1\n", read: "WHO"},
		"that is refused": {line: "POST hi", answer: func(string) string { return "ERR POST not-in-room no\n" },
			stderr: "ERR POST not-in-room no\n", failed: true, read: "POST hi"},
		"that pastes": {line: "IN ops PASTE", stdin: "one\ntwo\n.\nPOST no\n", answer: paste,
			stdout: "OK PASTE ops 7\n", read: "IN ops PASTE|one|two|."},
		"that pastes without an end": {line: "IN ops PASTE", stdin: "one\n", answer: paste,
			stderr: "BYE end-of-input good-bye\n", failed: true, read: "IN ops PASTE|one"},
		"that needs a password": {line: "LOGIN bob", stdin: "secret\nPOST no\n", answer: password,
			stdout: "OK LOGIN bob\n", read: "LOGIN bob|secret"},
		"that needs a password, without a line end": {line: "LOGIN bob", stdin: "secret", answer: password,
			stdout: "OK LOGIN bob\n", read: "LOGIN bob|secret"},
		"of two lines": {line: "POST hi\nQUIT", answer: func(string) string { return "OK\n" }, failed: true,
			stderr: "ssh takes one line as a command; ssh -T takes many on its standard input\nBYE end-of-input good-bye\n"},
		"of blanks": {line: " \t", answer: func(string) string { return "" }, failed: true,
			stderr: "the command is empty; HELP lists them\nBYE end-of-input good-bye\n"},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err, read := runCommand(t, test.line, test.stdin, test.answer)
			if stdout != test.stdout || stderr != test.stderr {
				t.Errorf("it prints %q, and %q to the error output", stdout, stderr)
			}
			exit, failed := err.(*ssh.ExitError)
			if failed != test.failed || err != nil && !failed || failed && exit.ExitStatus() != 1 {
				t.Errorf("it ends with %v", err)
			}
			if got := strings.Join(read, "|"); got != test.read {
				t.Errorf("the server reads %s", got)
			}
		})
	}
}

// Nobody answers some commands in a way that ends them, so the end of the connection does.
func TestACommandWhosePeerHasGoneEnds(t *testing.T) {
	s := serveSSH(t, nil)
	session, c := s.guest(func(session *ssh.Session) error { return session.Start("TALK") })
	lines := bufio.NewReader(c)
	if line, err := lines.ReadString('\n'); line != "TALK\n" || err != nil {
		t.Fatalf("it is %q, %v", line, err)
	}
	_ = session.Close()
	if more, err := io.ReadAll(lines); len(more) > 0 || err != nil {
		t.Errorf("after its peer has gone it brings %q, %v", more, err)
	}
}
