package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/proto"
)

// members is how WHO lists them.
func members(nicks ...string) (list []proto.Line) {
	for _, nick := range nicks {
		list = append(list, proto.Line{Type: proto.USER, Nick: nick})
	}
	return list
}

func wantMembers(t *testing.T, r *room, count int, nicks ...string) {
	t.Helper()
	if got := slices.Sorted(maps.Keys(r.members)); !slices.Equal(got, nicks) {
		t.Errorf("the members are %q, not %q", got, nicks)
	}
	if got := r.memberCount(); got != count {
		t.Errorf("%d members are counted, not %d", got, count)
	}
}

// TestMembersUnknown: until the members are known by name, they are counted.
func TestMembersUnknown(t *testing.T) {
	r := &room{name: "go", counted: 7}
	r.add("carl")
	r.remove("bob")
	r.remove("dora")
	wantMembers(t, r, 6)
	r.setMembers(members("alice", "bob"))
	wantMembers(t, r, 2, "alice", "bob")
}

// TestMembers: they come, go and are renamed; to come twice, or to go twice, counts
// once.
func TestMembers(t *testing.T) {
	r := &room{name: "go"}
	r.setMembers(members("alice", "bob"))
	r.add("carl")
	r.add("carl")
	wantMembers(t, r, 3, "alice", "bob", "carl")
	r.remove("bob")
	r.remove("bob")
	wantMembers(t, r, 2, "alice", "carl")
	r.rename("carl", "carol")
	wantMembers(t, r, 2, "alice", "carol")
	if r.counted != 2 {
		t.Errorf("%d were counted", r.counted)
	}
}

// TestMembersChange: while the members are asked for, whoever comes or goes counts,
// and the last change of each.
func TestMembersChange(t *testing.T) {
	r := &room{name: "go", counted: 2, changes: map[string]bool{}}
	r.add("carl")
	r.add("dora")
	r.remove("dora")
	r.remove("bob")
	r.add("bob")
	r.remove("eve")
	r.setMembers(members("alice", "bob", "eve"))
	wantMembers(t, r, 3, "alice", "bob", "carl")
	if r.changes != nil {
		t.Errorf("changes %v are still noted", r.changes)
	}
}

// TestMembersOfCrowd: where the server may not tell who comes and goes, the names are
// not counted.
func TestMembersOfCrowd(t *testing.T) {
	r := &room{name: "go", counted: 60}
	var nicks []string
	for i := range maxPresence - 1 {
		nicks = append(nicks, fmt.Sprint("n", i))
	}
	r.setMembers(members(nicks...))
	r.counted = 60
	if got := r.memberCount(); got != maxPresence-1 {
		t.Errorf("of %d names %d are counted", len(nicks), got)
	}
	r.add("another")
	r.counted = 60
	if got := r.memberCount(); got != 60 {
		t.Errorf("of a crowd %d are counted", got)
	}
}

// TestNickOrder: whoever spoke last comes first, members come before others, and
// none is there twice. Nicks that were given away never change.
func TestNickOrder(t *testing.T) {
	for _, c := range []struct {
		name   string
		before string
		do     func(n nicks) nicks
		want   string
	}{
		{"spoke first", "", func(n nicks) nicks { return n.spoke("a") }, "a"},
		{"spoke again", "a b", func(n nicks) nicks { return n.spoke("a") }, "a b"},
		{"spoke after another", "a b c", func(n nicks) nicks { return n.spoke("c") }, "c a b"},
		{"new", "a b", func(n nicks) nicks { return n.spoke("c") }, "c a b"},
		{"appended", "a b", func(n nicks) nicks { return n.appended("c") }, "a b c"},
		{"appended again", "a b", func(n nicks) nicks { return n.appended("a") }, "a b"},
		{"without the first", "a b c", func(n nicks) nicks { return n.without("a") }, "b c"},
		{"without the last", "a b c", func(n nicks) nicks { return n.without("c") }, "a b"},
		{"without another", "a b c", func(n nicks) nicks { return n.without("d") }, "a b c"},
		{"members first", "a b c d", func(n nicks) nicks { return n.membersFirst(map[string]bool{"d": true, "b": true}) }, "b d a c"},
		{"all members", "a b", func(n nicks) nicks { return n.membersFirst(map[string]bool{"a": true, "b": true}) }, "a b"},
		{"renamed", "a b c", func(n nicks) nicks { return n.renamed("b", "x") }, "a x c"},
		{"renamed to another's", "a b c", func(n nicks) nicks { return n.renamed("c", "a") }, "b a"},
		{"renamed unknown", "a b", func(n nicks) nicks { return n.renamed("x", "y") }, "a b y"},
		{"renamed in capitals", "a b", func(n nicks) nicks { return n.renamed("a", "A") }, "A b"},
	} {
		before := nicks(strings.Fields(c.before))
		got := c.do(before)
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, not %s", c.name, s, c.want)
		}
		if s := strings.Join(before, " "); s != c.before {
			t.Errorf("%s: what was given away has become %s", c.name, s)
		}
	}
}

// TestNickLimit: of more nicks than are kept, those who spoke last stay.
func TestNickLimit(t *testing.T) {
	var n nicks
	for i := range maxNicks {
		n = n.spoke(fmt.Sprint("n", i))
	}
	if len(n) != maxNicks || n[maxNicks-1] != "n0" {
		t.Fatalf("%d nicks are kept, the last is %s", len(n), n[len(n)-1])
	}
	if got := n.appended("late"); len(got) != maxNicks || slices.Contains(got, "late") {
		t.Errorf("one too many was appended: %d", len(got))
	}
	n = n.spoke("new")
	if len(n) != maxNicks || n[0] != "new" || n[maxNicks-1] != "n1" {
		t.Errorf("%d nicks from %s to %s are kept", len(n), n[0], n[len(n)-1])
	}
}

// TestRoomNamed: however its name is typed.
func TestRoomNamed(t *testing.T) {
	u := &ui{rooms: map[string]*room{"Go": {name: "Go"}, "dev": {name: "dev"}}}
	for typed, want := range map[string]string{"Go": "Go", "GO": "Go", "go": "Go", "dev": "dev", "golf": "", "": ""} {
		got := ""
		if r := u.roomNamed(typed); r != nil {
			got = r.name
		}
		if got != want {
			t.Errorf("%q is the room %q, not %q", typed, got, want)
		}
	}
}
