package prompt

import (
	"context"
	"slices"
	"sync"

	"github.com/peterh/liner"
)

// maxEntries is how many entries of a room are kept.
const maxEntries = liner.HistoryLimit

// A history is what was typed, room by room. Whoever types, and liner, have it in
// memory; run, in a goroutine of its own, adds it to a file, and reads what others
// have added. What cannot be written is kept for as long as the program runs.
type history struct {
	options Options
	changed func()        // is called when liner's history is stale
	wake    chan struct{} // has one element if run has something to do

	mu      sync.Mutex
	room    string              // the current one
	kept    map[string][]string // by room, oldest first, as they are edited
	typed   []entry             // since kept was read, and not in the file
	reread  bool                // the file is to be read
	isStale bool                // liner has other entries
}

func newHistory(o Options, changed func()) *history {
	return &history{options: o, changed: changed, wake: make(chan struct{}, 1), room: noRoom, kept: map[string][]string{}, reread: true}
}

// setRoom makes a room the current one.
func (h *history) setRoom(room string) {
	room = historyRoom(room)
	h.mu.Lock()
	h.isStale = h.isStale || room != h.room
	h.room, h.reread = room, true
	h.mu.Unlock()
	h.notify()
	h.changed()
}

// add adds what was entered in the current room, if it is to be remembered.
func (h *history) add(line string) {
	if h.options.Remember != nil && !h.options.Remember(line) {
		return
	}
	h.mu.Lock()
	h.typed, h.isStale = append(h.typed, entry{h.room, editable(line)}), true
	h.mu.Unlock()
	h.notify()
}

func (h *history) notify() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// entries are those of the current room, oldest first. mu is held.
func (h *history) entries() []string {
	entries := slices.Clone(h.kept[h.room])
	for _, e := range h.typed {
		if e.room == h.room {
			entries = append(entries, e.text)
		}
	}
	return newest(entries)
}

func newest(entries []string) []string { return entries[max(len(entries)-maxEntries, 0):] }

// search begins a search of the current room's.
func (h *history) search() *search {
	h.mu.Lock()
	defer h.mu.Unlock()
	entries := slices.Compact(h.entries())
	return &search{entries: entries, at: len(entries)}
}

// stale reports whether liner is to be given the history anew.
func (h *history) stale() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.isStale
}

// A historyKeeper is liner's State.
type historyKeeper interface {
	ClearHistory()
	AppendHistory(entry string)
}

// apply gives liner the entries of the current room, if it has others. liner must
// read no line meanwhile.
func (h *history) apply(s historyKeeper) {
	h.mu.Lock()
	stale, entries := h.isStale, h.entries()
	h.isStale = false
	h.mu.Unlock()
	if !stale {
		return
	}
	s.ClearHistory()
	for _, entry := range entries {
		s.AppendHistory(entry)
	}
}

// run keeps the file until ctx ends. Why the file cannot be used is printed once;
// from then on it is left alone.
func (h *history) run(ctx context.Context, print func(string)) {
	file := historyFile(h.options.History)
	try := func(err error) {
		if err != nil {
			file = ""
			print(h.options.HistoryError(err))
		}
	}
	try(file.makeDir())
	for ctx.Err() == nil {
		try(h.load(file))
		try(h.save(file))
		select {
		case <-h.wake:
		case <-ctx.Done():
		}
	}
	try(h.save(file))
	try(file.shorten())
}

// save writes what was typed.
func (h *history) save(file historyFile) error {
	h.mu.Lock()
	typed := h.typed
	h.mu.Unlock()
	err := file.append(fileLines(typed))
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range typed {
		h.kept[e.room] = newest(append(h.kept[e.room], e.text))
	}
	h.typed = h.typed[len(typed):]
	return err
}

// load reads the file, if that was asked for.
func (h *history) load(file historyFile) error {
	h.mu.Lock()
	reread := h.reread
	h.reread = false
	h.mu.Unlock()
	if file == "" || !reread {
		return nil
	}
	kept, err := file.entries()
	if err == nil {
		h.setKept(kept)
	}
	return err
}

// setKept replaces what was kept.
func (h *history) setKept(kept map[string][]string) {
	h.mu.Lock()
	before := h.entries()
	h.kept = kept
	renewed := !slices.Equal(before, h.entries())
	h.isStale = h.isStale || renewed
	h.mu.Unlock()
	if renewed {
		h.changed()
	}
}
