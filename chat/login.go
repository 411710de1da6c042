package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// loginOptions are the flags for an account, and what they say.
type loginOptions struct {
	account      string // "": a guest
	passwordFile string
	password     string
}

// check refuses a login that is not to be tried.
func (o *loginOptions) check(servers []string, nickGiven bool) error {
	if o.account == "" {
		if o.passwordFile != "" {
			return errors.New("--password-file needs --login, the account that the password is of")
		}
		return nil
	}
	readable := slices.IndexFunc(servers, func(server string) bool {
		config := client.Config{Server: server}
		return !config.Secure()
	})
	_, err := proto.ParseNick(o.account)
	switch {
	case err != nil:
		return fmt.Errorf("--login %q: %s", o.account, refusalText(err))
	case nickGiven:
		return errors.New("--login and --nick cannot be used together: an account has its own nick")
	case readable >= 0:
		return fmt.Errorf("--login would send a password to %s over a connection that others may read; use a --server tls://host:port, or chat on the server's machine", servers[readable])
	}
	return nil
}

// resolve reads the file.
func (o *loginOptions) resolve() error {
	if o.passwordFile == "" {
		return nil
	}
	f, err := os.Open(o.passwordFile)
	if err != nil {
		return fmt.Errorf("--password-file: %w", err)
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, maxPasswordLine).ReadSlice('\n')
	o.password = strings.TrimRight(string(line), "\r\n")
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return fmt.Errorf("--password-file: the first line of %s is too long for a password", o.passwordFile)
	case err != nil && err != io.EOF:
		return fmt.Errorf("--password-file: %w", err)
	case o.password == "":
		return fmt.Errorf("--password-file: there is no password in the first line of %s", o.passwordFile)
	}
	return nil
}

// maxPasswordLine is more than the longest password, and its line end, take.
const maxPasswordLine = 4096

// askPassword asks for the password of the account at the terminal, wherever stdin and
// stdout lead.
func (o *loginOptions) askPassword(ctx context.Context) error {
	in, out, err := openTerminal()
	if err != nil {
		return usageError{fmt.Errorf("there is no terminal to ask for the password of %s at; --password-file names a file that has it", o.account)}
	}
	defer out.Close()
	fmt.Fprintf(out, "Password of %s: ", o.account)
	o.password, err = readHidden(ctx, int(in.Fd()))
	fmt.Fprintln(out)
	if err == nil && o.password == "" {
		err = errors.New("not logged in: no password was typed")
	}
	return err
}

// readHidden reads a line from a terminal, which does not show it. If ctx ends first, the
// goroutine that reads is left in that, and ends with the program.
func readHidden(ctx context.Context, terminal int) (string, error) {
	mode, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	type line struct {
		text []byte
		err  error
	}
	lines := make(chan line, 1)
	go func() {
		text, err := term.ReadPassword(terminal)
		lines <- line{text, err}
	}()
	select {
	case l := <-lines:
		return string(l.text), l.err
	case <-ctx.Done():
		_ = term.Restore(terminal, mode)
		return "", context.Cause(ctx)
	}
}
