package modeltest

import (
	"fmt"
	"strings"
)

// A kind says how far the order of what is due is promised.
type kind int

const (
	answer kind = iota // to a command: in the order of the commands
	event              // of a room: in the room's order, and before the OK of what caused it
	told               // a private line, whose place among the others is not promised
)

// A form is how lines look.
type form struct{ json, cr bool }

// of returns a line in that form, as plain has it.
func (f form) of(line string) string {
	if f.json {
		line = "{" + line
	}
	if f.cr {
		line += "\r"
	}
	return line
}

// A due is lines that must come, with nothing between them.
type due struct {
	kind  kind
	room  string // of an event, and of the answer that it must not come before
	lines []string
	form  form
	begun bool
}

// expect adds lines to what is due.
func (u *user) expect(k kind, room string, lines ...string) {
	u.due = append(u.due, due{kind: k, room: room, lines: lines, form: u.form})
}

// receive takes a line that has come, and says what is wrong with it.
func (u *user) receive(line string) error {
	for i, d := range u.due {
		if d.form.of(d.lines[0]) == line && !blocked(u.due[:i], d) {
			u.take(i)
			return nil
		}
	}
	return fmt.Errorf("%s got %q, due is:%s", u.nick, line, u.listing())
}

// take removes the first line of what is due. What is left of it comes before
// anything else.
func (u *user) take(i int) {
	d := u.due[i]
	rest := append(append([]due{}, u.due[:i]...), u.due[i+1:]...)
	if d.lines = d.lines[1:]; len(d.lines) > 0 {
		d.begun = true
		rest = append([]due{d}, rest...)
	}
	u.due = rest
}

// blocked reports whether something due earlier must come before d.
func blocked(earlier []due, d due) bool {
	for _, e := range earlier {
		switch {
		case e.begun, e.kind == event && d.kind == answer:
			return true
		case e.kind == d.kind && (e.kind != event || e.room == d.room):
			return true
		case e.kind == answer && d.kind == event && e.room == d.room:
			return true
		}
	}
	return false
}

func (u *user) listing() string {
	var b strings.Builder
	for _, d := range u.due {
		fmt.Fprintf(&b, "\n\t%q %+v", d.lines, d.form)
	}
	return b.String()
}
