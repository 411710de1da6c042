//go:build linux || darwin || freebsd || netbsd || openbsd

package prompt

import "testing"

// A search goes through the history, wide and accented characters included,
// and leaves the half-typed line alone until it is accepted.
func TestSearch(t *testing.T) {
	t.Parallel()
	history := []string{"alpha one", "éé à réglé x", "beta\ttwo", "字字字字 alpha", "gamma"}
	c := startSession(t, setup{History: history}, 60, 10)
	c.keys("half-typed\x02\x02\x12")
	c.wantRows("(reverse-i-search)`': half-typed")
	c.wantCursor(30, 0)
	c.keys("x")
	c.wantRows("(reverse-i-search)`x': éé à réglé x")
	c.wantCursor(34, 0)
	c.do("print", "message")
	c.wantRows("message", "(reverse-i-search)`x': éé à réglé x")
	c.keys("y")
	c.wantRows("message", "(failed reverse-i-search)`xy': éé à réglé x")
	c.keys("\x7f\x7falp")
	c.wantRows("message", "(reverse-i-search)`alp': 字字字字 alpha")
	c.keys("\x12")
	c.wantRows("message", "(reverse-i-search)`alp': alpha one")
	c.keys("\x12\x13")
	c.wantRows("message", "(reverse-i-search)`alp': 字字字字 alpha")
	c.keys("\x07!\r")
	c.wantLine("half-typ!ed")
	c.keys("\x12 al\x01X\r")
	c.wantLine("X字字字字 alpha")
	c.keys("\x12two\r")
	c.wantLine("beta\ttwo")
	c.close()
}

// However a search ends, what comes after it goes where it says.
func TestSearchEnds(t *testing.T) {
	history := []string{"one", "字 two", "three"}
	for _, test := range []struct{ name, keys, want string }{
		{"Enter", "\x12o\r", "字 two"},
		{"Ctrl-G", "x\x12o\x07y\r", "xy"},
		{"Ctrl-C", "x\x12o\x03y\r", "xy"},
		{"Escape", "x\x12o\x1b\x01y\r", "y字 two"},
		{"an arrow", "x\x12tw\x1b[Dy\r", "字y two"},
		{"End", "x\x12tw\x1b[Fy\r", "字 twoy"},
		{"Tab", "\x12one\ty\r", "oneyone"},
		{"a kill", "\x12tw\x0b\x19\x19\r", "字 twotwo"},
		{"no match", "x\x12zz\x02y\r", "yx"},
		{"no pattern", "x\x12\x02y\r", "yx"},
		{"a paste", "\x12" + pasteBegin + "字 t\n" + pasteStop + "\r", "字 two"},
		{"Up", "\x12one\x1b[A\r", "one"},
		{"another search", "\x12one\x07\x12th\r", "three"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := startSession(t, setup{History: history, Words: []string{"one"}}, 60, 10)
			c.keys("\x12three")
			c.wantRows("(reverse-i-search)`three': three")
			c.keys("\x07")
			c.wantRows(">")
			c.keys(test.keys)
			c.wantLine(test.want)
			c.wantLast(">")
			c.close()
		})
	}
}
