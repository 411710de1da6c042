package ui

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"linechat/chat/client"
	"linechat/chatd/proto"
)

// members is how WHO lists them.
func members(nicks ...string) (list []proto.Line) {
	for _, nick := range nicks {
		list = append(list, proto.Line{Type: proto.USER, Nick: nick})
	}
	return list
}

func memberList(nicks ...string) []client.Member {
	return client.Reply{Lines: members(nicks...)}.Members()
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
	r.setMembers(memberList("alice", "bob"))
	wantMembers(t, r, 2, "alice", "bob")
}

// TestMembers: they come, go and are renamed; to come twice, or to go twice, counts
// once.
func TestMembers(t *testing.T) {
	r := &room{name: "go"}
	r.setMembers(memberList("alice", "bob"))
	r.add("carl")
	r.add("carl")
	wantMembers(t, r, 3, "alice", "bob", "carl")
	r.remove("bob")
	r.remove("bob")
	wantMembers(t, r, 2, "alice", "carl")
	if r.counted != 2 {
		t.Errorf("%d were counted after bob has left", r.counted)
	}
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
	r.setMembers(memberList("alice", "bob", "eve"))
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
	r.setMembers(memberList(nicks...))
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

// Who comes and goes while the members of a room are asked for counts, whichever
// is dealt with first.
func TestCrossing(t *testing.T) {
	play(t, "", func(s *fixture) {
		s.enter("/join go")
		s.answer("JOIN", proto.Line{Verb: "JOIN", Room: "go", Members: 2})
		s.tell(came("go", "carl"), came("go", "dora"), left("go", "bob", "quit"), left("go", "dora", "quit"))
		s.answer("WHO", proto.Line{Verb: "WHO", Room: "go", Members: 2}, proto.Line{Type: proto.USER, Nick: "alice"}, proto.Line{Type: proto.USER, Nick: "bob"})
		s.wantStatus("go, 2 members | connected | alice")
		s.tell(left("go", "carl", "quit"))
		s.wantStatus("go, 1 member | connected | alice")
	})
}

// TestCrossingTwice: of two requests for the members, the answer to the later one
// counts, with whoever came since the earlier one was answered.
func TestCrossingTwice(t *testing.T) {
	play(t, "go", func(s *fixture) {
		s.enter("/who")
		s.enter("/who")
		for range 2 {
			s.answer("WHO", proto.Line{Verb: "WHO", Room: "go"}, members("alice", "bob")...)
		}
		s.tell(came("go", "carl"))
		for range 2 {
			s.answer("WHO", proto.Line{Verb: "WHO", Room: "go"}, members("alice", "bob")...)
		}
		s.wantStatus("go, 3 members | connected | alice")
	})
}
