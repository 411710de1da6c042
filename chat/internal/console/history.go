package console

import (
	"strings"
	"sync"

	"github.com/peterh/liner"
)

// A history is the changes to liner's that wait until it reads no line.
type history struct {
	mu      sync.Mutex
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
}

// add appends to it.
func (h *history) add(entry string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.entries = append(h.entries, editable(entry))
}

// stale reports whether there are changes to be made.
func (h *history) stale() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.replace || len(h.entries) > 0
}

// apply makes them.
func (h *history) apply(s *liner.State) {
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
