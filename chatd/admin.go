package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linechat/chatd/proto"
)

// An adminCall is one run of chatd admin.
type adminCall struct {
	line           string
	socket, data   string // as the flags say
	stdin          io.Reader
	stdout, stderr io.Writer
}

const (
	unitSocket       = "/run/chatd/admin.sock" // where chatd.service has it
	adminDialTimeout = 10 * time.Second
)

func adminCommand(p *program) *cobra.Command {
	a := &adminCall{}
	c := &cobra.Command{
		Use:   "admin LINE...",
		Short: "sends a line to a running chatd as its admin",
		Args:  takes(1, math.MaxInt),
		Long: `chatd admin sends one line to a running chatd, on the socket that makes you an
admin, and writes the answer. It is for root and for the user whose chatd it is.
The exit code is 0 for OK, 1 for ERR, and 3 if no chatd can be reached. What
admins can do, chatd admin HELP lists:

    chatd admin ACCOUNTS
    chatd admin PASSWD alice

A password is no part of the line, which others could see in the list of
processes: it is read from stdin.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		PreRunE: func(c *cobra.Command, args []string) error {
			a.line = strings.Join(args, " ")
			if err := checkAdminLine(a.line); err != nil {
				return err
			}
			if err := fromEnvironment(c.Flags(), p.env); err != nil {
				return err
			}
			_ = findData(&a.data, p.env) // one place fewer to look for the socket in
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error {
			p.started = true
			a.stdin, a.stdout, a.stderr = c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr()
			return a.run()
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&a.socket, "admin", "", "connect to the socket `PATH` (default admin.sock in the\ndata directory, or "+unitSocket+")")
	c.Flags().StringVar(&a.data, "data", "", "look for the socket in `DIR` (default as without a command)")
	_ = c.MarkFlagDirname("data") // there is such a flag
	return c
}

// run sends the line, and writes the answer.
func (a *adminCall) run() error {
	c, err := a.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := fmt.Fprintln(c, a.line); err != nil {
		return err
	}
	if !proto.TakesPasswordNext([]byte(a.line), true) {
		_ = c.CloseWrite() // there is no more: it says BYE after the answer
	}
	return a.answer(c)
}

// checkAdminLine refuses what is not one line, or has a password in it.
func checkAdminLine(line string) error {
	v := proto.LookupVerb(proto.VerbOf([]byte(line), proto.Commands))
	switch {
	case strings.ContainsAny(line, "\r\n"):
		return errors.New("the command must be one line")
	case strings.TrimSpace(line) == "":
		return errors.New("the command is empty; chatd admin HELP lists them")
	case v != nil && v.Secret && !proto.TakesPasswordNext([]byte(line), true):
		return fmt.Errorf("a password in a command shows in the list of processes, so it was not sent: leave it out, and %s reads it from stdin", v.Name)
	}
	return nil
}

// An unreachableError says that no chatd takes admins at any of the places.
type unreachableError struct{ places []string }

func (e *unreachableError) Error() string {
	return fmt.Sprintf("no chatd can be reached at %s: is it running, and are you root or its user? (--admin names another socket)", strings.Join(e.places, " or "))
}

// dial connects to the first socket at which it can.
func (a *adminCall) dial() (*net.UnixConn, error) {
	places := a.places()
	ctx, cancel := context.WithTimeout(context.Background(), adminDialTimeout)
	defer cancel()
	for _, place := range places {
		var d net.Dialer
		if c, err := d.DialContext(ctx, "unix", place); err == nil {
			return c.(*net.UnixConn), nil
		}
	}
	return nil, &unreachableError{places}
}

func (a *adminCall) places() (places []string) {
	if a.socket != "" && a.socket != adminOff {
		return []string{a.socket}
	}
	if a.data != "" {
		places = append(places, filepath.Join(a.data, adminFile))
	}
	return append(places, unitSocket)
}

// errSeveralLines answers a command that chatd admin cannot finish.
var errSeveralLines = errors.New("PASTE takes further lines, and chatd admin sends one; post each with POST")

// answer writes what comes, up to the end of the connection.
func (a *adminCall) answer(c *net.UnixConn) error {
	outcome := errors.New("chatd has ended the connection without an answer")
	lines := bufio.NewScanner(c)
	lines.Buffer(nil, maxMaxLine)
	for lines.Scan() {
		l, _ := proto.ParseLine(lines.Text()) // any other is written as it is
		switch {
		case l.Type == proto.SEND && l.Room != "":
			return errSeveralLines
		case l.Type == proto.SEND:
			if err := a.sendPassword(c); err != nil {
				return err
			}
			continue
		case l.Type == proto.OK, strings.HasPrefix(lines.Text(), "-- "): // TALK and FORMAT people answer so
			outcome = nil
		case l.Type == proto.ERR:
			outcome = errReported
		}
		if err := a.write(&l, lines.Text()); err != nil {
			return err
		}
	}
	return errors.Join(outcome, lines.Err())
}

// write writes one line of the answer: to stderr what was refused, and nothing of the
// greeting, the message of the day and the end that was asked for.
func (a *adminCall) write(l *proto.Line, text string) (err error) {
	switch {
	case l.Type == proto.HELLO, l.Type == proto.NOTICE:
	case l.Type == proto.BYE && (l.Code == "end-of-input" || l.Code == "quit"):
	case l.Type == proto.BYE, l.Type == proto.ERR:
		_, err = fmt.Fprintln(a.stderr, text)
	default:
		_, err = fmt.Fprintln(a.stdout, text)
	}
	return err
}

// sendPassword sends the line of stdin that is the password, and nothing after it.
func (a *adminCall) sendPassword(c *net.UnixConn) error {
	password, err := readPassword(a.stdin, a.stderr)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(c, password); err != nil {
		return err
	}
	return c.CloseWrite()
}
