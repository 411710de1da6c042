package prompt

import (
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// A keyboard reads the terminal and gives liner the keys that are for it. After
// one that ends a line it gives none until liner reads the next: so it always
// knows whom a key is for. What is typed ahead waits here, and the keys of a
// question never end up in a line.
type keyboard struct {
	c       *Prompt
	toLiner io.Writer

	// Of run alone.
	decoder decoder
	began   time.Time // when what the decoder waits for has begun
	held    *key      // waits for liner to read
	out     []byte    // for liner, not yet written
	reading bool      // liner reads a line
	touched bool      // and has been given a key, or a prefilled text
	search  *search   // takes the keys; nil: there is none

	turn        atomic.Bool             // liner is about to read a line
	prefilled   atomic.Bool             // which does not begin empty
	restartWith atomic.Pointer[prefill] // liner's line was ended by the prompt itself, to go on with this
	asked       atomic.Pointer[question]

	wakeIn, wakeOut *os.File
	woken           atomic.Bool
	ending          chan struct{} // closed: read no more
	end             sync.Once
}

func newKeyboard(c *Prompt, toLiner io.Writer) (*keyboard, error) {
	in, out, err := os.Pipe()
	return &keyboard{c: c, toLiner: toLiner, wakeIn: in, wakeOut: out, ending: make(chan struct{})}, err
}

// wake has the keyboard look what is new besides keys.
func (k *keyboard) wake() {
	if k.woken.CompareAndSwap(false, true) {
		_, _ = k.wakeOut.Write([]byte{0})
	}
}

// stop ends run.
func (k *keyboard) stop() {
	k.end.Do(func() { close(k.ending) })
	k.wake()
}

// lineStarted says that liner is about to read a line, prefilled or not.
func (k *keyboard) lineStarted(prefilled bool) {
	k.prefilled.Store(prefilled)
	k.turn.Store(true)
	k.wake()
}

// closeWake is to be called last: nobody wakes k any more.
func (k *keyboard) closeWake() {
	_ = k.wakeIn.Close()
	_ = k.wakeOut.Close()
}

// run reads until stop, or until the terminal has gone, which is its error.
func (k *keyboard) run() error {
	idle := false
	for {
		k.c.attend()
		k.renewHistory()
		waiting := k.work(idle)
		if k.flush() != nil {
			return nil // liner reads no more
		}
		select {
		case <-k.ending:
			return nil
		default:
		}
		var err error
		if idle, err = k.hear(!waiting); err != nil {
			return err
		}
	}
}

// hear waits for what is typed, if it is free to take that, and for wake. It
// reports whether what has begun is not going to be completed.
func (k *keyboard) hear(free bool) (idle bool, err error) {
	var limit time.Duration
	if free {
		limit = k.limit(time.Now())
	}
	heard, woken, err := k.c.terminal.wait(free, k.wakeIn, limit)
	if err != nil {
		return false, err
	}
	if woken {
		k.drainWake()
	}
	if !heard {
		return limit > 0 && k.overdue(time.Now()), nil
	}
	var buf [4096]byte
	n, err := k.c.terminal.in.Read(buf[:])
	if k.decoder.pasting {
		k.began = time.Now()
	}
	k.decoder.feed(buf[:n])
	return false, err
}

// limit is how long to wait for the rest of what has begun, 0 if nothing has.
func (k *keyboard) limit(now time.Time) time.Duration {
	patience := k.decoder.patience()
	if patience == 0 {
		k.began = time.Time{}
		return 0
	}
	if k.began.IsZero() {
		k.began = now
	}
	return max(patience-now.Sub(k.began), time.Millisecond)
}

// overdue reports whether that has been waited for long enough.
func (k *keyboard) overdue(now time.Time) bool {
	return !k.began.IsZero() && now.Sub(k.began) >= k.decoder.patience()
}

func (k *keyboard) drainWake() {
	k.woken.Store(false) // first, or a wake between the two would be lost
	var b [1]byte
	_, _ = k.wakeIn.Read(b[:])
}

// work handles what has been typed. It reports whether a key waits for liner.
func (k *keyboard) work(idle bool) (waiting bool) {
	for {
		if k.held == nil {
			next, ok := k.decoder.next(idle)
			if !ok {
				return false
			}
			k.began = time.Time{}
			k.held = &next
		}
		if !k.take(*k.held) {
			return true
		}
		k.held = nil
	}
}

// take handles a key. It reports false if that has to wait for liner.
func (k *keyboard) take(key key) bool {
	switch key.kind {
	case suspend:
		_ = k.flush()
		k.c.suspend()
		return true
	case redraw:
		k.c.display.drawAll()
		return true
	case focusGained, focusLost:
		if k.c.options.Focus != nil {
			k.c.options.Focus(key.kind == focusGained)
		}
		return true
	}
	if q := k.asked.Load(); q != nil {
		if q.press(key) {
			k.asked.CompareAndSwap(q, nil)
		}
		return true
	}
	if !k.isReading() {
		return false
	}
	if k.search != nil && k.searchOn(key) {
		return true
	}
	if !k.isReading() {
		return false
	}
	k.give(key)
	return true
}

// searchOn gives the search a key, or ends it. It reports false if the key is
// for the line that has been found.
func (k *keyboard) searchOn(key key) (taken bool) {
	s := k.search
	if s.press(key) {
		k.c.display.setSearch(s)
		return true
	}
	k.search = nil
	k.c.display.setSearch(nil)
	if key.kind == interrupt || key.text == cancelKey {
		return true
	}
	if s.found != nil {
		k.replaceLine(*s.found)
	}
	return key.kind == escape
}

// isReading reports whether liner reads a line, or is about to.
func (k *keyboard) isReading() bool {
	if !k.reading && k.turn.CompareAndSwap(true, false) {
		k.reading, k.touched = true, k.prefilled.Load()
	}
	return k.reading
}

// give gives liner a key.
func (k *keyboard) give(key key) {
	k.touched = true
	switch key.kind {
	case typed:
		if key.text == searchKey {
			k.search = k.c.history.search()
			k.c.display.setSearch(k.search)
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
			k.c.Print(why)
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
	_, err := k.toLiner.Write(k.out)
	k.out = k.out[:0]
	return err
}

// renewHistory ends a line into which nothing has been typed yet, so that the
// next one begins with the history that has been set meanwhile: liner allows
// no change while it reads.
func (k *keyboard) renewHistory() {
	if k.c.history.stale() && k.isReading() && !k.touched {
		k.replaceLine(prefill{})
	}
}

// replaceLine ends the line and has the next one begin with this.
func (k *keyboard) replaceLine(d prefill) {
	k.restartWith.Store(&d)
	k.endLine(0x03)
}
