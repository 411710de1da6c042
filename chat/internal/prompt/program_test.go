//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"bufio"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// testTimeout is how long anything that must happen may take.
const testTimeout = 20 * time.Second

// A program is the helper of one test, and its socket.
type program struct {
	t       testing.TB
	conn    net.Conn
	reports chan report
}

// listen makes the socket that a program is to dial; accept waits for it.
func (p *program) listen(s *setup) (accept func()) {
	p.t.Helper()
	dir, err := os.MkdirTemp("", "prompt")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { os.RemoveAll(dir) })
	s.Socket = filepath.Join(dir, "s")
	listener, err := net.Listen("unix", s.Socket)
	if err != nil {
		p.t.Fatal(err)
	}
	return func() {
		p.t.Helper()
		defer listener.Close()
		_ = listener.(*net.UnixListener).SetDeadline(time.Now().Add(testTimeout))
		if p.conn, err = listener.Accept(); err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(func() { p.conn.Close() })
		p.reports = make(chan report, 10000)
		go p.receive()
	}
}

func (p *program) receive() {
	defer close(p.reports)
	lines := bufio.NewScanner(p.conn)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r report
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			p.reports <- r
		}
	}
}

// environment is what a helper with such a setup is run with.
func environment(s setup, term string) []string {
	setting, _ := json.Marshal(s)
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{"TMUX", "STY", "XTERM_VERSION", "TERM", "LC_ALL", "GORACE"}, name)
	})
	// The race detector would have each helper wait a second at its end.
	return append(env, helperVariable+"="+string(setting), "TERM="+term, "LC_ALL=C.UTF-8", "GORACE=atexit_sleep_ms=0")
}

// order has the program do something.
func (p *program) order(o order) {
	p.t.Helper()
	if err := p.send(o); err != nil {
		p.t.Fatal(err)
	}
}

// send is order for a program that may have ended.
func (p *program) send(o order) error {
	b, _ := json.Marshal(o)
	_, err := p.conn.Write(append(b, '\n'))
	return err
}

// do is order, and waits until it is done.
func (p *program) do(what, text string) {
	p.t.Helper()
	p.order(order{Do: what, Text: text})
	p.report("done")
}

// report is the next report, which has to be such a one.
func (p *program) report(what string) report {
	p.t.Helper()
	select {
	case r, ok := <-p.reports:
		if !ok {
			p.t.Fatalf("the program has ended instead of reporting %s", what)
		}
		if r.What != what {
			p.t.Fatalf("report %+v instead of %s", r, what)
		}
		return r
	case <-time.After(testTimeout):
		p.t.Fatalf("no report %s", what)
	}
	panic("unreachable")
}

// wantLine waits for a line to be entered.
func (p *program) wantLine(text string) {
	p.t.Helper()
	if r := p.report("line"); r.Line.Text != text {
		p.t.Errorf("entered: %q, not %q", r.Line.Text, text)
	}
}
