package ui

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"

	"linechat/chat/internal/console"
)

// maxPlainLine is the most bytes of a line that Plain reads; a longer one is
// passed over, and said to be.
const maxPlainLine = 64 << 10

// A Plain is a terminal without editing: whole lines in, whole lines out, and
// neither prompt nor escape sequences. Make it with NewPlain.
type Plain struct {
	in    io.Reader
	lines chan console.Line
	ended chan struct{} // closed by Close
	owned sync.WaitGroup
	once  sync.Once

	mu  sync.Mutex
	out io.Writer
	err error
}

// NewPlain reads lines from in and prints to out. Close does not end a Read of
// in that waits: that is for in's owner.
func NewPlain(in io.Reader, out io.Writer) *Plain {
	p := &Plain{in: in, out: out, lines: make(chan console.Line), ended: make(chan struct{})}
	p.owned.Go(p.read)
	return p
}

// read reads lines until there are no more.
func (p *Plain) read() {
	defer close(p.lines)
	r := bufio.NewReaderSize(p.in, maxPlainLine)
	for {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = r.ReadSlice('\n')
			}
			p.Print(fmt.Sprintf("! that line is not sent: it has more than %d bytes", maxPlainLine))
			line = nil
		}
		if n := len(line); n > 0 && line[n-1] == '\n' {
			line = line[:n-1]
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		}
		if len(line) > 0 && !p.deliver(string(line)) {
			return
		}
		if err != nil {
			if err != io.EOF {
				p.fail(err)
			}
			return
		}
	}
}

// deliver hands a line out; false: nobody wants any more.
func (p *Plain) deliver(text string) bool {
	select {
	case p.lines <- console.Line{Text: text}:
		return true
	case <-p.ended:
		return false
	}
}

func (p *Plain) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

// Lines delivers what is read, until the input ends.
func (p *Plain) Lines() <-chan console.Line { return p.lines }

// Err says what went wrong with reading or printing.
func (p *Plain) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Print prints whole lines.
func (p *Plain) Print(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := io.WriteString(p.out, text+"\n"); err != nil && p.err == nil {
		p.err = err
	}
}

// SetPrompt does nothing: there is none.
func (p *Plain) SetPrompt(string) {}

// SetStatus does nothing: there is no row for it.
func (p *Plain) SetStatus(string) {}

// SetHistory does nothing: there is no editing.
func (p *Plain) SetHistory([]string) {}

// Bell does nothing.
func (p *Plain) Bell() {}

// Guard does nothing: there is nothing to restore.
func (p *Plain) Guard() {}

// Close delivers no more lines.
func (p *Plain) Close() error {
	p.once.Do(func() { close(p.ended) })
	return nil
}
