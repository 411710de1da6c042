package screen

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func textOf(v view) []string {
	var rows []string
	for _, r := range v.rows {
		rows = append(rows, r.text)
	}
	return rows
}

func TestLayout(t *testing.T) {
	wide, status := CellsOf("字字字字字字"), CellsOf("status")
	for _, test := range []struct {
		name  string
		c     contents
		size  size
		want  []string
		row   int
		under string // before the cursor, in its row
	}{
		{"a line", contents{prompt: CellsOf("> "), line: lineOf("abc", 1)}, size{10, 10}, []string{"> abc"}, 0, "> a"},
		{"its end", contents{prompt: CellsOf("> "), line: lineOf("abc", 3)}, size{10, 10}, []string{"> abc"}, 0, "> abc"},
		{"as wide as the row", contents{prompt: CellsOf("> "), line: lineOf("1234567", 7)}, size{10, 10}, []string{"> 1234567"}, 0, "> 1234567"},
		{"wider", contents{prompt: CellsOf("> "), line: lineOf("12345678", 8)}, size{10, 10}, []string{"> 1234567", "8"}, 1, "8"},
		{"wide characters", contents{prompt: CellsOf("> "), line: Line{wide, 3}}, size{10, 10}, []string{"> 字字字", "字字字"}, 1, ""},
		{"an emoji", contents{line: lineOf("❤\ufe0f12345678", 9)}, size{10, 10}, []string{"❤\ufe0f1234567", "8"}, 1, "8"},
		{"one column", contents{prompt: CellsOf("> "), line: lineOf("字b", 2)}, size{1, 10}, []string{">", "字", "b"}, 2, "b"},
		{"of many rows", contents{line: lineOf("abcdefghi", 9)}, size{3, 6}, []string{"ef", "gh", "i"}, 2, "i"},
		{"of many rows, in its middle", contents{line: lineOf("abcdefghi", 4)}, size{3, 6}, []string{"cd", "ef", "gh"}, 1, ""},
		{"of many rows, at its beginning", contents{line: lineOf("abcdefghi", 0)}, size{3, 6}, []string{"ab", "cd", "ef"}, 0, ""},
		{"a status", contents{prompt: CellsOf("> "), status: status, line: lineOf("abc", 0)}, size{6, 10}, []string{"statu", "> abc"}, 1, "> "},
		{"no room for it", contents{prompt: CellsOf("> "), status: status}, size{10, 2}, []string{"> "}, 0, "> "},
		{"hidden", contents{prompt: CellsOf("> "), status: status, hidden: true}, size{10, 10}, nil, 0, ""},
	} {
		v := layout(&test.c, test.size)
		if got := textOf(v); !slices.Equal(got, test.want) || v.row != test.row {
			t.Errorf("%s: rows are %q, the cursor in %d", test.name, got, v.row)
		} else if v.rows != nil && v.head() != test.under {
			t.Errorf("%s: before the cursor is %q", test.name, v.head())
		}
	}
}

// TestReflow: a terminal that becomes narrower wraps what is drawn, or cuts it.
func TestReflow(t *testing.T) {
	for _, test := range []struct {
		cursor, columns int
		reflows         bool
		count, row      int
	}{
		{20, 30, true, 2, 1}, {20, 20, true, 2, 1}, {20, 19, true, 2, 1}, {20, 10, false, 2, 1},
		{20, 10, true, 4, 2}, {20, 7, true, 5, 3}, {26, 10, true, 4, 2}, {27, 10, true, 4, 3}, {30, 10, true, 4, 3}, {9, 10, true, 4, 1},
	} {
		v := layout(&contents{prompt: CellsOf("> "), line: lineOf(strings.Repeat("0123456789", 3), test.cursor)}, size{20, 20})
		drawn := painted{view: v, count: len(v.rows), columns: 20}.resized(test.columns, test.reflows)
		if drawn.count != test.count || drawn.row != test.row {
			t.Errorf("%+v: %d rows, the cursor in %d", test, drawn.count, drawn.row)
		}
		if _, ok := drawn.grown(v); ok {
			t.Errorf("%+v: stands as it was drawn", test)
		}
	}
}

func TestReflows(t *testing.T) {
	for _, test := range []struct {
		tmux, xterm, sty, term string
		want                   bool
	}{
		{want: true, term: "xterm"}, {xterm: "XTerm(379)"}, {sty: "1.screen"}, {term: "linux"}, {tmux: "/tmp/tmux", sty: "1.screen", want: true},
	} {
		for name, value := range map[string]string{"TMUX": test.tmux, "XTERM_VERSION": test.xterm, "STY": test.sty, "TERM": test.term} {
			t.Setenv(name, value)
		}
		if reflows() != test.want {
			t.Errorf("%+v", test)
		}
	}
}

func TestQueue(t *testing.T) {
	q := Queue{limit: 10 * (lineCost + 2)}
	for n := range 15 {
		q.push(fmt.Sprintf("%02d", n))
	}
	got := q.Take(5)
	if want := []string{"... 5 lines not shown: they came faster than the terminal can show them", "05", "06", "07"}; !slices.Equal(got, want) {
		t.Errorf("taken is %q", got)
	}
	if q.push(strings.Repeat("x", 1<<20)); q.Len() != 8 {
		t.Errorf("%d lines wait or are missing", q.Len())
	}
	if got := q.Take(1); len(got) != 2 || !strings.HasPrefix(got[0], "... 7 lines") || q.Len() != 0 {
		t.Errorf("taken is %.90q", got)
	}
}

func TestDebouncer(t *testing.T) {
	start := time.Now()
	d := resizeDebouncer{size: size{80, 24}}
	for _, step := range []struct {
		at, wait time.Duration
		size     size
	}{
		{0, 0, size{80, 24}},
		{0, resizeDelay, size{70, 24}},
		{100 * time.Millisecond, 200 * time.Millisecond, size{70, 24}},
		{200 * time.Millisecond, resizeDelay, size{60, 24}},
		{499 * time.Millisecond, time.Millisecond, size{60, 24}},
		{500 * time.Millisecond, 0, size{60, 24}},
		{600 * time.Millisecond, 0, size{60, 24}},
		{700 * time.Millisecond, resizeDelay, size{50, 24}},
		{5600 * time.Millisecond, 100 * time.Millisecond, size{40, 24}},
		{5700 * time.Millisecond, 0, size{30, 24}},
	} {
		if got := d.update(step.size, start.Add(step.at)); got != step.wait {
			t.Errorf("at %v the wait is %v, not %v", step.at, got, step.wait)
		}
	}
}
