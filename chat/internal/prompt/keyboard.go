//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"sync/atomic"
	"time"
)

// A keyboard reads the terminal and gives liner the keys that are for it. After
// one that ends a line it gives liner none until that reads the next line. So what
// is typed ahead waits here, and the answer to a question never ends up in a line.
type keyboard struct {
	p *editor

	// Of run alone.
	decoder  decoder
	began    time.Time // when what the decoder waits for has begun
	pending  *key      // waits for liner to read
	out      []byte    // for liner, not yet written
	reading  bool      // liner reads a line
	modified bool      // and has been given a key, or a prefilled text
	search   *search   // takes the keys; nil: there is none

	starts      chan bool                             // liner is about to read a line; true: it does not begin empty
	restartWith atomic.Pointer[prefill]               // liner's line was ended by the keyboard itself, to go on with this
	question    atomic.Pointer[func(key) (done bool)] // takes the keys until it is done; nil: there is none
}

// lineStarted says that liner is about to read a line, prefilled or not.
func (k *keyboard) lineStarted(prefilled bool) {
	k.starts <- prefilled
	k.p.terminal.Wake()
}

// run reads until the input ends, or until the terminal has gone, which is its
// error.
func (k *keyboard) run() error {
	idle := false
	for {
		k.p.resumeIfContinued()
		k.renewHistory()
		waiting := k.handleKeys(idle)
		if k.flush() != nil {
			return nil // liner reads no more
		}
		if k.p.ctx.Err() != nil {
			return nil
		}
		var err error
		if idle, err = k.read(!waiting); err != nil {
			return err
		}
	}
}

// read waits for what is typed, if free to take that, and for Wake. It reports
// whether what has begun is not going to be completed.
func (k *keyboard) read(free bool) (idle bool, err error) {
	var timeout time.Duration
	if free {
		timeout = k.timeout(time.Now())
	}
	ready, err := k.p.terminal.Wait(free, timeout)
	if err != nil {
		return false, err
	}
	if !ready {
		return timeout > 0 && k.overdue(time.Now()), nil
	}
	var buf [4096]byte
	n, err := k.p.terminal.Read(buf[:])
	if k.decoder.pasting {
		k.began = time.Now()
	}
	k.decoder.feed(buf[:n])
	return false, err
}

// timeout is how long to wait for the rest of what has begun, 0 if nothing has.
func (k *keyboard) timeout(now time.Time) time.Duration {
	timeout := k.decoder.timeout()
	if timeout == 0 {
		k.began = time.Time{}
		return 0
	}
	if k.began.IsZero() {
		k.began = now
	}
	return max(timeout-now.Sub(k.began), time.Millisecond)
}

// overdue reports whether the rest of what has begun is no longer waited for.
func (k *keyboard) overdue(now time.Time) bool {
	return !k.began.IsZero() && now.Sub(k.began) >= k.decoder.timeout()
}

// handleKeys handles what has been typed. It reports whether a key waits for
// liner.
func (k *keyboard) handleKeys(idle bool) (waiting bool) {
	for {
		if k.pending == nil {
			next, ok := k.decoder.next(idle)
			if !ok {
				return false
			}
			k.began = time.Time{}
			k.pending = &next
		}
		if !k.handle(*k.pending) {
			return true
		}
		k.pending = nil
	}
}

// handle handles a key. It reports false if that has to wait for liner.
func (k *keyboard) handle(key key) bool {
	switch key.kind {
	case suspend:
		_ = k.flush()
		k.p.suspend()
		return true
	case redraw:
		k.p.screen.Redraw()
		return true
	case focusGained, focusLost:
		if k.p.options.Focus != nil {
			k.p.options.Focus(key.kind == focusGained)
		}
		return true
	}
	if question := k.question.Load(); question != nil {
		if (*question)(key) {
			k.question.CompareAndSwap(question, nil) // unless the next one is there
		}
		return true
	}
	if k.search != nil && k.isReading() && k.searchOn(key) {
		return true
	}
	if !k.isReading() {
		return false
	}
	k.give(key)
	return true
}

// isReading reports whether liner reads a line, or is about to.
func (k *keyboard) isReading() bool {
	if !k.reading {
		select {
		case k.modified = <-k.starts:
			k.reading = true
		default:
		}
	}
	return k.reading
}

// give gives liner a key.
func (k *keyboard) give(key key) {
	k.modified = true
	switch key.kind {
	case typed:
		if key.text == searchKey {
			k.search = k.p.history.search()
			k.showSearch()
			return
		}
		k.out = append(k.out, key.text...)
	case escape:
		// NUL does nothing, but tells liner that no sequence follows, so that
		// it does not wait for one and take the next key for its part. And
		// liner does not draw what Escape has changed; Ctrl-L makes it.
		k.out = append(k.out, "\x1b\x00\x0c"...)
	case enter:
		k.endLine('\r')
	case interrupt:
		k.endLine(0x03)
	case pasted:
		if why := key.refusal(); why != "" {
			k.p.Print(why)
			return
		}
		k.out = append(k.out, key.pasteInto()...)
	}
}

// endLine gives liner a key that ends the line.
func (k *keyboard) endLine(b byte) {
	k.out = append(k.out, b)
	k.reading = false
	_ = k.flush()
}

// flush writes to liner what it has been given.
func (k *keyboard) flush() error {
	if len(k.out) == 0 {
		return nil
	}
	_, err := k.p.redirect.toLiner.Write(k.out)
	k.out = k.out[:0]
	return err
}

// searchOn gives the search a key, or ends it. It reports false if the key is
// for the line that has been found.
func (k *keyboard) searchOn(key key) (taken bool) {
	s := k.search
	if s.press(key) {
		k.showSearch()
		return true
	}
	k.search = nil
	k.p.screen.RemoveOverlay()
	if key.kind == interrupt || key.text == cancelKey {
		return true
	}
	if s.found != nil {
		k.replaceLine(*s.found)
	}
	return key.kind == escape
}

func (k *keyboard) showSearch() { k.p.screen.Overlay(k.search.prompt(), k.search.line()) }

// renewHistory ends a line into which nothing has been typed yet, if the history has
// changed, so that the next line has the new one: liner allows no change while it
// reads.
func (k *keyboard) renewHistory() {
	if k.p.history.stale() && k.isReading() && !k.modified {
		k.replaceLine(prefill{})
	}
}

// replaceLine ends the line and has the next one begin with this.
func (k *keyboard) replaceLine(with prefill) {
	k.restartWith.Store(&with)
	k.endLine(0x03)
}
