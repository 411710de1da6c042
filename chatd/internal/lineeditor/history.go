package lineeditor

import (
	"slices"

	"linechat/chatd/proto"
)

// maxHistory is how many lines a history has at most.
const maxHistory = 100

// A history is the lines that were typed, oldest first, and no passwords. It implements
// term.History for the goroutine that reads.
type history struct{ lines []string }

// Add implements term.History.
func (h *history) Add(line string) {
	if line == "" || secret(line) || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	if len(h.lines) == maxHistory {
		h.lines = slices.Delete(h.lines, 0, 1)
	}
	h.lines = append(h.lines, line)
}

// secret reports whether a line may hold a password.
func secret(line string) bool {
	v := proto.LookupVerb(proto.VerbOf([]byte(line), proto.Commands))
	return v != nil && v.Secret
}

// Len implements term.History.
func (h *history) Len() int { return len(h.lines) }

// At implements term.History: 0 is the newest line.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
