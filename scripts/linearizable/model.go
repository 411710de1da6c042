package linearizable

import (
	"fmt"

	"github.com/anishathalye/porcupine"
)

// maxMachines is how many machines a chat may have here.
const maxMachines = 8

// model is the chat: its rooms and nicks do not depend on each other.
var model = porcupine.Model{
	Partition: byObject,
	Init:      func() any { return state{} },
	Step: func(s, in, out any) (bool, any) {
		return s.(state).step(in.(command), out.(answer))
	},
	Equal:             func(a, b any) bool { return a.(state).equal(b.(state)) },
	DescribeOperation: func(in, out any) string { return describe(in.(command), out.(answer)) },
	DescribeState: func(s any) string {
		return fmt.Sprintf("%d posts, holder %d", s.(state).last.number(), s.(state).holder)
	},
}

// byObject returns the commands of each object.
func byObject(all []porcupine.Operation) (parts [][]porcupine.Operation) {
	at := map[string]int{}
	for _, op := range all {
		c := op.Input.(command)
		object := fmt.Sprint(c.verb >= claim, c.object)
		if _, known := at[object]; !known {
			at[object] = len(parts)
			parts = append(parts, nil)
		}
		parts[at[object]] = append(parts[at[object]], op)
	}
	return parts
}

// A state is that of a room, or of a nick.
type state struct {
	last *entry              // of the room
	seen [maxMachines]uint64 // up to which number each machine has shown its posts

	holder int    // the session that has the nick; 0: none
	key    string // which lets another one take it; "": none does
}

// An entry is a post in a room, with those before it. Nil is no post.
type entry struct {
	before *entry
	seq    uint64
	post   command
}

// number returns the post's.
func (e *entry) number() uint64 {
	if e == nil {
		return 0
	}
	return e.seq
}

// equal compares what states say, not where it stands.
func (s state) equal(o state) bool {
	a, b := s.last, o.last
	s.last, o.last = nil, nil
	if s != o || a.number() != b.number() {
		return false
	}
	for ; a != b; a, b = a.before, b.before {
		if a.post.text != b.post.text {
			return false
		}
	}
	return true
}

// step returns the state after a command, and whether the answer may be given in this state.
func (s state) step(c command, a answer) (legal bool, after state) {
	switch c.verb {
	case post:
		return s.post(c, a)
	case read:
		return s.read(c, a)
	case show:
		s.seen[c.machine] = max(s.seen[c.machine], a.seq)
		return a.seq <= s.last.number(), s
	case claim:
		return s.claim(c, a)
	case regain:
		if s.holder == 0 {
			s.holder, s.key = c.session, c.key
		}
		return true, s
	}
	if s.holder == c.session {
		s.holder, s.key = 0, ""
	}
	return true, s
}

// post appends a post, or finds the one with its key. That the machine has it is another step:
// others may have it before.
func (s state) post(c command, a answer) (legal bool, after state) {
	e := s.last.keyed(c.key)
	if e == nil {
		e = &entry{s.last, s.last.number() + 1, c}
		s.last = e
	}
	return a.seq == e.seq, s
}

// keyed returns the post with a key.
func (e *entry) keyed(key string) *entry {
	for ; e != nil && key != ""; e = e.before {
		if e.post.key == key {
			return e
		}
	}
	return nil
}

// read is what a machine shows, which may be behind, but not behind what it has shown before,
// or what the reader has.
func (s state) read(c command, a answer) (legal bool, after state) {
	e := s.last
	for e.number() > a.seq {
		e = e.before
	}
	if e.number() != a.seq || a.seq < c.after || a.seq < s.seen[c.machine] || uint64(len(a.posts)) != a.seq-c.after {
		return false, s
	}
	for i := len(a.posts) - 1; i >= 0; i-- {
		if a.posts[i] != (numbered{e.seq, e.post.text}) {
			return false, s
		}
		e = e.before
	}
	s.seen[c.machine] = a.seq
	return true, s
}

// claim gives a nick to a session, if it is free, or was taken with the same key.
func (s state) claim(c command, a answer) (legal bool, after state) {
	may := s.holder == 0 || s.holder == c.session || c.key != "" && c.key == s.key
	if may && !a.taken {
		s.holder, s.key = c.session, c.key
	}
	return a.unknown || may != a.taken, s
}

func describe(c command, a answer) string {
	said := fmt.Sprint(a.seq)
	switch {
	case a.unknown && c.verb != release:
		said = "unknown"
	case a.taken:
		said = "taken"
	}
	switch c.verb {
	case post:
		return fmt.Sprintf("%d: POST %s %s %s: %s", c.machine, c.object, c.key, c.text, said)
	case read:
		return fmt.Sprintf("%d: JOIN %s AFTER %d: %s", c.machine, c.object, c.after, said)
	case show:
		return fmt.Sprintf("%d has %s of %s", c.machine, said, c.object)
	case claim:
		return fmt.Sprintf("%d: NICK %s %s by %d: %s", c.machine, c.object, c.key, c.session, said)
	case regain:
		return fmt.Sprintf("%d: %s is maybe %d's again", c.machine, c.object, c.session)
	}
	return fmt.Sprintf("%s is given up by %d", c.object, c.session)
}
