package ui

import "cmp"

// A route says which room a line is for. What is typed for a room
//   - never goes to another one,
//   - is not posted to the old room when a JOIN is refused,
//   - is never carried out as a command because the room has gone.
type route struct {
	current string // the room that the person is in and has chosen; "": none, and lines are commands
	next    string // the room of the last JOIN, until there is no JOIN without an answer; "": none
	joins   int    // those without an answer, which come in their order
	lost    string // the room that what is being typed may be for, although it has gone; "": none
}

// input is the room that the person takes to be the current one.
func (r *route) input() string { return cmp.Or(r.next, r.current) }

// postsLines reports whether a line without a slash is a post; it is rejected where its room has gone.
func (r *route) postsLines() bool { return r.input() != "" || r.lost != "" }

// join notes that a JOIN waits for its answer, for which joined or answered is called.
func (r *route) join(room string) { r.next, r.joins = room, r.joins+1 }

func (r *route) joined(room string) {
	r.current, r.lost = room, ""
	r.answered(false)
}

// answered notes that a JOIN has its answer. With keep, further lines are for its room
// although it was refused.
func (r *route) answered(keep bool) {
	if r.joins--; r.joins == 0 && !keep {
		r.next = ""
	}
}

// follow notes the session's current room. Whoever is in none stays in none: a
// reconnection may enter a room that they did not choose.
func (r *route) follow(room string) {
	if r.current != "" {
		r.current = room
	}
}

// lose notes that the person is no longer in a room, without having wished it.
func (r *route) lose(room string) {
	if room == r.current {
		r.current, r.lost = "", room
	}
}
