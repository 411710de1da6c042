package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"time"
)

// A stranger makes one connection after the other, and reads only to count the answers.
type stranger struct {
	number int
	from   net.Addr
	to     string
	names  int // that newName has returned

	// Of the present connection:
	conn    *net.TCPConn
	ended   chan struct{} // closed when the other side has ended it
	sent    int64         // bytes
	answers codeCounts
	release func() bool // forgets that ctx's end closes it
}

// connect connects, until ctx ends, and begins to read until close.
func (s *stranger) connect(ctx context.Context) error {
	conn, err := (&net.Dialer{LocalAddr: s.from}).DialContext(ctx, "tcp", s.to)
	if err != nil {
		return err
	}
	s.conn = conn.(*net.TCPConn)
	s.ended, s.sent, s.answers = make(chan struct{}), 0, codeCounts{}
	s.release = context.AfterFunc(ctx, func() { _ = conn.Close() })
	go s.read() // close waits for its end
	return nil
}

// close ends the connection.
func (s *stranger) close() {
	s.release()
	_ = s.conn.Close()
	<-s.ended
}

// read counts the answers by their codes until the connection ends.
func (s *stranger) read() {
	defer close(s.ended)
	for in := bufio.NewReader(s.conn); ; {
		line, err := in.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull { // a long line comes in pieces
			return
		}
		if code := answerCode(line); code != "" {
			s.answers[code]++
		}
	}
}

// answerCode returns the code of an answer or of BYE, OK among them, and "" for other lines.
func answerCode(line []byte) string {
	word, rest, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(" "))
	switch string(word) {
	case "OK":
		return "OK"
	case "ERR":
		_, rest, _ = bytes.Cut(rest, []byte(" "))
	case "BYE":
	default:
		return ""
	}
	code, _, _ := bytes.Cut(rest, []byte(" "))
	return string(code)
}

// send sends text, and reports whether the connection has taken it in.
func (s *stranger) send(text string) bool {
	n, err := s.conn.Write([]byte(text))
	s.sent += int64(n)
	return err == nil
}

// insist calls send at fixed times until it fails, the other side ends or ctx does.
func (s *stranger) insist(ctx context.Context, send func() bool) {
	tick := time.NewTicker(burstEvery)
	defer tick.Stop()
	for send() {
		select {
		case <-tick.C:
		case <-s.ended:
			return
		case <-ctx.Done():
			return
		}
	}
}

// newName returns a name that no stranger has used before.
func (s *stranger) newName() string {
	s.names++
	return fmt.Sprintf("s%d-%d-%d", os.Getpid(), s.number, s.names)
}
