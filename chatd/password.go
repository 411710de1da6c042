package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/term"
)

// errInterrupted: a signal has ended the program's wait for a person.
var errInterrupted = errors.New("interrupted")

// readPassword reads a line, which a terminal does not show.
func readPassword(stdin io.Reader, stderr io.Writer) (string, error) {
	f, ok := stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		line, err := bufio.NewReader(stdin).ReadString('\n')
		if err == io.EOF {
			err = nil
		}
		return strings.TrimRight(line, "\r\n"), err
	}
	fmt.Fprint(stderr, "Password: ")
	defer fmt.Fprintln(stderr)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return readHidden(ctx, int(f.Fd()))
}

// readHidden reads a line from a terminal, which does not show it. If ctx ends first, the
// goroutine that reads is left in that, and ends with the program.
func readHidden(ctx context.Context, terminal int) (string, error) {
	mode, err := term.GetState(terminal)
	if err != nil {
		return "", err
	}
	var text []byte
	read := make(chan error, 1)
	go func() {
		var err error
		text, err = term.ReadPassword(terminal)
		read <- err
	}()
	select {
	case err := <-read:
		return string(text), err
	case <-ctx.Done():
		_ = term.Restore(terminal, mode)
		return "", errInterrupted
	}
}
