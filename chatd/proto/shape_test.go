package proto

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"linechat/chatd/internal/spectest"
)

// The shapes of lines are those of the tables of protocol.md, both ways.

func TestLineTable(t *testing.T) {
	// OK and PAST go on with what another table, or another line, says.
	want := map[string]string{"OK": "verb …", "PAST": "time …"}
	for keyword, fields := range shapes {
		want[string(keyword)] = strings.Join(fields, " ")
	}
	compareShapes(t, "| keyword | fields | what it is |", want)
}

func TestOKTable(t *testing.T) {
	want := map[string]string{}
	for verb, fields := range okShapes {
		want[verb] = strings.Join(fields, " ")
		if strings.Contains(want[verb], "[") {
			want[verb] += "]"
		}
	}
	compareShapes(t, "| verb | fields |", want)
	for _, v := range Verbs {
		if _, ok := okShapes[v.Name]; !ok {
			t.Errorf("there is no OK for %s", v.Name)
		}
	}
}

func compareShapes(t *testing.T, header string, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for _, row := range spectest.Table(t, header) {
		got[row[0]] = row[1]
	}
	if maps.Equal(got, want) {
		return
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		if got[k] != want[k] {
			t.Errorf("%s: protocol.md has %q, the code %q", k, got[k], want[k])
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s is not in the code", k)
		}
	}
}

// Every field of every shape is a field of Line, under its JSON name.
func TestFieldsExist(t *testing.T) {
	for _, s := range slices.Concat(slices.Collect(maps.Values(shapes)), slices.Collect(maps.Values(okShapes))) {
		for _, name := range s {
			if new(Line).field(strings.TrimPrefix(name, "[")) == nil {
				t.Errorf("there is no field %s", name)
			}
		}
	}
}
