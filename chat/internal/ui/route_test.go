package ui

import "testing"

// TestRoute: in each state, which room is current, which one a line is for, and whether
// a line without a slash is a post, and thus no command.
func TestRoute(t *testing.T) {
	type step = func(*route)
	join := func(room string) step { return func(r *route) { r.join(room) } }
	joined := func(room string) step { return func(r *route) { r.follow(room); r.joined(room) } }
	refused := func(r *route) { r.answered(false) }
	pipedRefused := func(r *route) { r.answered(true) }
	follow := func(room string) step { return func(r *route) { r.follow(room) } }
	lose := func(room, left string) step { return func(r *route) { r.lose(room); r.follow(left) } }
	rejected := func(r *route) { r.lost = "" }
	inGo := func(r *route) { r.current = "go" }
	for _, c := range []struct {
		name           string
		steps          []step
		current, input string
		postsLines     bool
	}{
		{"in no room", nil, "", "", false},
		{"in a room", []step{inGo}, "go", "go", true},
		{"left it, another remains", []step{inGo, follow("golf")}, "golf", "golf", true},
		{"left the last one", []step{inGo, follow("")}, "", "", false},
		{"reconnected in the same room", []step{inGo, follow("go")}, "go", "go", true},
		{"reconnected in a room that nobody chose", []step{follow("go")}, "", "", false},
		{"reconnected in such a room, joined it", []step{follow("go"), join("go"), joined("go")}, "go", "go", true},

		{"first JOIN", []step{join("go")}, "", "go", true},
		{"first JOIN, joined", []step{join("go"), joined("go")}, "go", "go", true},
		{"first JOIN, refused", []step{join("go"), refused}, "", "", false},
		{"JOIN", []step{inGo, join("golf")}, "go", "golf", true},
		{"joined, in another spelling", []step{inGo, join("GOLF"), joined("golf")}, "golf", "golf", true},
		{"refused", []step{inGo, join("golf"), refused}, "go", "go", true},
		{"two JOINs", []step{inGo, join("golf"), join("dev")}, "go", "dev", true},
		{"two JOINs, one joined", []step{inGo, join("golf"), join("dev"), joined("golf")}, "golf", "dev", true},
		{"two JOINs, one refused", []step{inGo, join("golf"), join("dev"), refused}, "go", "dev", true},
		{"two JOINs, both joined", []step{inGo, join("golf"), join("dev"), joined("golf"), joined("dev")}, "dev", "dev", true},
		{"two JOINs, both refused", []step{inGo, join("golf"), join("dev"), refused, refused}, "go", "go", true},
		{"two JOINs, the last refused", []step{inGo, join("golf"), join("dev"), joined("golf"), refused}, "golf", "golf", true},
		{"two JOINs of one room, one refused", []step{inGo, join("golf"), join("golf"), refused}, "go", "golf", true},

		{"piped, refused", []step{inGo, join("golf"), pipedRefused}, "go", "golf", true},
		{"piped, refused, JOIN", []step{inGo, join("golf"), pipedRefused, join("dev")}, "go", "dev", true},
		{"piped, refused twice", []step{inGo, join("golf"), pipedRefused, join("dev"), pipedRefused}, "go", "dev", true},
		{"piped, refused, joined", []step{inGo, join("golf"), pipedRefused, join("go"), joined("go")}, "go", "go", true},
		{"piped, refused, lost", []step{inGo, join("golf"), pipedRefused, lose("go", "")}, "", "golf", true},

		{"lost", []step{inGo, lose("go", "")}, "", "", true},
		{"lost, in a room that nobody chose", []step{inGo, lose("go", ""), follow("golf")}, "", "", true},
		{"lost another room", []step{inGo, lose("golf", "go")}, "go", "go", true},
		{"lost, line rejected", []step{inGo, lose("go", ""), rejected}, "", "", false},
		{"lost, line rejected, lost a room that nobody chose", []step{inGo, lose("go", "golf"), rejected, lose("golf", "")}, "", "", false},
		{"lost while a JOIN waits", []step{inGo, join("golf"), lose("go", "")}, "", "golf", true},
		{"lost while a JOIN waits, refused", []step{inGo, join("golf"), lose("go", ""), refused}, "", "", true},
		{"lost, joined", []step{inGo, lose("go", ""), join("golf"), joined("golf")}, "golf", "golf", true},
		{"lost, joined, left", []step{inGo, lose("go", ""), join("golf"), joined("golf"), follow("")}, "", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r route
			for _, step := range c.steps {
				step(&r)
			}
			if r.current != c.current || r.input() != c.input || r.postsLines() != c.postsLines {
				t.Errorf("current is %q, lines are for %q, and are posts: %v", r.current, r.input(), r.postsLines())
			}
		})
	}
}
