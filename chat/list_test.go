package main

import (
	"fmt"
	"slices"
	"testing"
)

// TestFirstName: the room called 0 is listed even where so many are busier that
// the first answer has no place for it, although no name stands before it.
func TestFirstName(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, "--rate", "0")
	d.do("", "post", "0", "hello")
	var v *visitor
	for i := range 201 {
		if i%50 == 0 {
			v = d.visit(fmt.Sprintf("visitor-%d", i), "first")
		}
		v.says(fmt.Sprintf("CREATE r%d", i))
		v.says(fmt.Sprintf("JOIN r%d", i))
	}
	list := d.do("", "rooms")
	if len(list) != 203 || !slices.Contains(list, "0 0") {
		t.Errorf("%d rooms are listed: %q", len(list), list)
	}
	if list := d.do("", "rooms", "0"); !slices.Equal(list, []string{"0 0"}) {
		t.Errorf("with the prefix 0 are listed %q", list)
	}
}
