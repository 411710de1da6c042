// Package spectest reads protocol.md, so that tests can compare it with the
// code and run its transcripts.
package spectest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// read returns the lines of protocol.md, from the top of the module.
func read(t testing.TB) []string {
	t.Helper()
	for dir := "."; ; dir = filepath.Join(dir, "..") {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			if len(dir) > 64 {
				t.Fatal("there is no go.mod above this package")
			}
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, "protocol.md"))
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(string(text), "\n")
	}
}

// Says fails the test where no line of protocol.md has these words.
func Says(t testing.TB, words string) {
	t.Helper()
	if !slices.ContainsFunc(read(t), func(line string) bool { return strings.Contains(line, words) }) {
		t.Errorf("protocol.md does not say: %s", words)
	}
}

// Table returns the rows of the table that begins with the given header line,
// each as its cells. Of a cell, backquotes are taken off and `\|` is `|`.
func Table(t testing.TB, header string) [][]string {
	t.Helper()
	var rows [][]string
	inside := false
	for _, line := range read(t) {
		switch {
		case line == header:
			inside = true
		case inside && !strings.HasPrefix(line, "|"):
			return rows
		case inside && !strings.HasPrefix(line, "|---"):
			rows = append(rows, cells(line))
		}
	}
	if len(rows) == 0 {
		t.Fatalf("protocol.md has no table that begins %q", header)
	}
	return rows
}

func cells(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, bar)
	var row []string
	for cell := range strings.SplitSeq(line, "|") {
		cell = strings.ReplaceAll(cell, bar, "|")
		row = append(row, strings.Trim(cell, " `"))
	}
	return row
}

// A Step is one line of a transcript: who, one of the marks > < . x =, and text. After = the
// text is a Way.
type Step struct {
	Line int // in protocol.md
	Who  string
	Mark string
	Text string
}

// A Transcript is one block of protocol.md.
type Transcript struct {
	Name  string   // the heading above it
	Args  []string // flags that chatd needs for it
	Steps []Step
}

const fence = "```transcript"

var step = regexp.MustCompile(`^(\w+) ([><.x=])(?: (.*))?$`)

// Transcripts returns all transcripts of protocol.md.
func Transcripts(t testing.TB) []Transcript {
	t.Helper()
	var all []Transcript
	var current *Transcript
	heading := ""
	for i, line := range read(t) {
		switch {
		case strings.HasPrefix(line, fence):
			all = append(all, Transcript{Name: heading, Args: strings.Fields(line[len(fence):])})
			current = &all[len(all)-1]
		case strings.HasPrefix(line, "```"):
			current = nil
		case current != nil:
			m := step.FindStringSubmatch(line)
			if m == nil {
				t.Fatalf("protocol.md:%d: not a line of a transcript: %q", i+1, line)
			}
			current.Steps = append(current.Steps, Step{i + 1, m[1], m[2], m[3]})
		case strings.HasPrefix(line, "#"):
			heading = strings.TrimLeft(line, "# ")
		}
	}
	return all
}
