package ui

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"linechat/chat/internal/prompt"
)

// maxPlainLine is how many bytes a line may have, its end included, where there is no
// prompt.
const maxPlainLine = 64 << 10

// A plainTerminal reads and writes whole lines where there is no prompt: in pipes and
// on terminals that cannot edit.
type plainTerminal struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	file   io.Closer
	in     *bufio.Reader
	out    io.Writer
	lines  chan prompt.Line
	owned  sync.WaitGroup
}

// openPlain starts to read. Reading must end with ctx, which cancel ends when
// nobody takes the output.
func openPlain(ctx context.Context, cancel context.CancelCauseFunc, in io.ReadCloser, out io.Writer) *plainTerminal {
	p := &plainTerminal{ctx: ctx, cancel: cancel, file: in, in: bufio.NewReaderSize(in, maxPlainLine), out: out, lines: make(chan prompt.Line)}
	p.owned.Go(p.read)
	return p
}

func (p *plainTerminal) read() {
	defer close(p.lines)
	for {
		text, err := p.in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			p.Print(fmt.Sprintf("! skipped a line of more than %d bytes", maxPlainLine))
			err = p.skipLine()
			text = nil
		}
		if len(text) > 0 {
			select {
			case p.lines <- prompt.Line{Text: strings.TrimRight(string(text), "\r\n")}:
			case <-p.ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// skipLine reads to the end of a line.
func (p *plainTerminal) skipLine() error {
	for {
		if _, err := p.in.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}

// Print writes text and a line end.
func (p *plainTerminal) Print(text string) {
	if _, err := io.WriteString(p.out, text+"\n"); err != nil {
		p.cancel(err)
	}
}

func (p *plainTerminal) Lines() <-chan prompt.Line { return p.lines }
func (p *plainTerminal) Err() error                { return nil }
func (p *plainTerminal) SetPrompt(string)          {}
func (p *plainTerminal) SetStatus(string)          {}
func (p *plainTerminal) SetHistory(string)         {}
func (p *plainTerminal) Bell()                     {}
func (p *plainTerminal) Guard()                    {}

// Close waits for the reader, whose context must have ended.
func (p *plainTerminal) Close() {
	p.owned.Wait()
	_ = p.file.Close()
}
