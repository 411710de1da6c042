package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestNicks(t *testing.T) {
	var n nicks
	for _, nick := range []string{"a", "b", "a", "c"} {
		n = n.spoke(nick)
	}
	before := n
	n = n.appended("d").renamed("b", "bee").without("a").appended("c").renamed("x", "y")
	if got := strings.Join(n, " "); got != "c bee d y" {
		t.Errorf("the nicks are %s", got)
	}
	if got := strings.Join(before, " "); got != "c a b" {
		t.Errorf("nicks that were given away have become %s", got)
	}
	for range maxNicks {
		n = n.spoke(n[len(n)-1] + "x")
	}
	if len(n) > maxNicks {
		t.Errorf("%d nicks are kept", len(n))
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
