package prompt

import (
	"slices"
	"strings"
	"sync"

	"github.com/peterh/liner"
)

// A history is the input history, and the changes to liner's that wait until it
// reads no line.
type history struct {
	mu      sync.Mutex
	all     []string
	replace bool // what is there goes first
	entries []string
}

// set replaces the history.
func (h *history) set(entries []string) {
	lines := make([]string, 0, min(len(entries), liner.HistoryLimit))
	for _, entry := range entries[max(len(entries)-liner.HistoryLimit, 0):] {
		lines = append(lines, editable(entry))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.replace, h.entries = true, lines
	h.all = slices.Clone(lines)
}

// add appends to it.
func (h *history) add(entry string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries = append(h.entries, editable(entry))
	h.all = append(h.all, editable(entry))
	h.all = h.all[max(len(h.all)-liner.HistoryLimit, 0):]
}

// search begins a search of it.
func (h *history) search() *search {
	h.mu.Lock()
	defer h.mu.Unlock()
	entries := slices.Compact(slices.Clone(h.all))
	return &search{entries: entries, at: len(entries)}
}

// stale reports whether there are changes to be made.
func (h *history) stale() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.replace || len(h.entries) > 0
}

// apply makes them.
func (h *history) apply(s lineEditor) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.replace {
		s.ClearHistory()
	}
	for _, entry := range h.entries {
		s.AppendHistory(entry)
	}
	h.replace, h.entries = false, nil
}

// remembers is the usual Options.Remember.
func remembers(line string) bool {
	return strings.TrimSpace(line) != "" && !strings.HasPrefix(line, " ")
}
