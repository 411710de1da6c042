package proto_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"linechat/chatd/internal/spectest"
	"linechat/chatd/proto"
)

// The tables of protocol.md and those of the code are the same, both ways.

func TestCommandTable(t *testing.T) {
	rows := spectest.Table(t, "| verb | words and text | prefixes | states | lines | what it does |")
	var want [][]string
	for _, v := range proto.Verbs {
		var prefixes []string
		if v.Room {
			prefixes = append(prefixes, "room")
		}
		if v.Once {
			prefixes = append(prefixes, "once")
		}
		states := map[proto.States]string{proto.AnyState: "any", proto.InRoom: "IN_ROOM"}[v.States]
		want = append(want, []string{v.Name, v.Usage, strings.Join(prefixes, ", "), states, strconv.Itoa(v.Cost), v.Help})
	}
	equalRows(t, rows, want)
}

func TestErrorTable(t *testing.T) {
	rows := spectest.Table(t, "| code | when |")
	var codes []string
	for _, row := range rows {
		codes = append(codes, row[0])
	}
	var want []string
	for _, c := range proto.Codes {
		want = append(want, string(c))
	}
	if !slices.Equal(codes, want) {
		t.Errorf("protocol.md has %q\nthe code has %q", codes, want)
	}
}

// The table of each verb's own refusals has every verb and knows every code.
func TestRefusalTable(t *testing.T) {
	rows := spectest.Table(t, "| verb | refusals of its own |")
	if len(rows) != len(proto.Verbs) {
		t.Fatalf("protocol.md has %d verbs, the code %d", len(rows), len(proto.Verbs))
	}
	for i, row := range rows {
		if row[0] != proto.Verbs[i].Name {
			t.Fatalf("row %d is %s, and not as the table of commands", i, row[0])
		}
		for code := range strings.FieldsSeq(strings.ReplaceAll(row[1], "`", "")) {
			if !slices.Contains(proto.Codes, proto.Code(code)) {
				t.Errorf("%s: there is no code %s", row[0], code)
			}
		}
	}
}

// Who may use which command.
func TestRolesOfCommands(t *testing.T) {
	spectest.Says(t, listed(func(v proto.Verb) bool { return v.Role == proto.Account })+" are for accounts")
	spectest.Says(t, listed(func(v proto.Verb) bool { return v.Role == proto.Admin })+" for [admins]")
	spectest.Says(t, "(`--guests off`), these may "+listed(func(v proto.Verb) bool { return v.Open })+";")
}

// listed returns the names of the verbs that are so, as a sentence lists them.
func listed(is func(proto.Verb) bool) string {
	var names []string
	for _, v := range proto.Verbs {
		if is(v) {
			names = append(names, v.Name)
		}
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

func equalRows(t *testing.T, got, want [][]string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("not in protocol.md: %q", want[i])
		case i >= len(want):
			t.Errorf("not in the code: %q", got[i])
		case !slices.Equal(got[i], want[i]):
			t.Errorf("protocol.md has %q\nthe code has     %q", got[i], want[i])
		}
	}
}
