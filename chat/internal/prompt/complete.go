//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
)

const maxListed = 8 // rows of a list of candidates

// complete is liner's completer, and asks Options.Complete. liner inserts a single
// candidate, and cycles through several.
func (p *editor) complete(line string, pos int) (head string, candidates []string, tail string) {
	head, found, tail := p.options.Complete(entered(line), pos)
	for _, candidate := range found {
		if candidate = editable(candidate); candidate != "" {
			candidates = append(candidates, candidate)
		}
	}
	head, tail = editable(head), editable(tail)
	candidates = choose(candidates, pos-utf8.RuneCountInString(head))
	if len(candidates) > 1 {
		columns, _ := p.terminal.Size()
		p.Print(list(candidates, columns))
	}
	return head, candidates, tail
}

// choose returns all of the candidates, or only what they have in common if
// that is more than the number of characters typed.
func choose(candidates []string, typed int) []string {
	if len(candidates) > 1 {
		if common := commonPrefix(candidates); utf8.RuneCountInString(common) > typed {
			return []string{common}
		}
	}
	return candidates
}

// commonPrefix is what all of the candidates begin with.
func commonPrefix(candidates []string) string {
	common := candidates[0]
	for _, candidate := range candidates[1:] {
		for !strings.HasPrefix(candidate, common) {
			_, last := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-last]
		}
	}
	return common
}

// list arranges candidates in columns, as ls does, in a few rows.
func list(candidates []string, width int) string {
	names := make([]string, len(candidates))
	widest := 0
	for i, candidate := range candidates {
		names[i] = strings.TrimSpace(entered(candidate))
		widest = max(widest, runewidth.StringWidth(names[i]))
	}
	across := max((width+1)/(widest+2), 1)
	shown := names
	if limit := maxListed * across; len(names) > limit {
		shown = names[:limit-across]
	}
	high := (len(shown) + across - 1) / across
	var b strings.Builder
	for row := range high {
		var line strings.Builder
		for i := row; i < len(shown); i += high {
			line.WriteString(runewidth.FillRight(shown[i], widest+2))
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	if more := len(names) - len(shown); more > 0 {
		fmt.Fprintf(&b, "... and %d more\n", more)
	}
	return b.String()
}
