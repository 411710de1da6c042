package origin

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// What is used for one person is not used for another, is forgotten when it is full again,
// and not before.
func TestTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := NewTable(Limits{Tells: {Burst: 10, PerSecond: 1. / 6, Strict: true}}, Local)
		here, other := table.Acquire(of("127.0.0.1:5")), table.Acquire(of("192.0.2.1:5"))
		for range 10 {
			if wait := here.WaitTell("bob"); wait != 0 {
				t.Fatalf("it waits %v", wait)
			}
			here.Tell("bob")
		}
		if wait := here.WaitTell("bob"); wait != 6*time.Second || here.WaitTell("carol") != 0 || other.WaitTell("bob") != 0 {
			t.Errorf("the eleventh waits %v, one to another %v, another's %v", wait, here.WaitTell("carol"), other.WaitTell("bob"))
		}
		for i := range 12 {
			time.Sleep(10 * time.Second)
			here.Tell(fmt.Sprint("somebody", i))
			if i == 5 {
				here.Tell("bob") // whose bucket has one for a moment
			}
		}
		if tokens := here.tells.to("bob", nil).Tokens(); tokens < 9.9 {
			t.Errorf("after two minutes %v of 10 are left", tokens)
		}
		time.Sleep(time.Minute)
		here.Tell("carol")
		if n := len(here.tells.current) + len(here.tells.previous); n > 7 || here.tells.to("bob", nil) != nil {
			t.Errorf("it remembers %d people", n)
		}
	})
}

func TestTellsOfASite(t *testing.T) {
	table := NewTable(Limits{Tells: {Burst: 1, PerSecond: 1. / 60}}, nil)
	for i := range privileged {
		table.Acquire(of(fmt.Sprintf("[2001:db8:1:%x::1]:5", i))).Tell("bob")
	}
	if table.Acquire(of("[2001:db8:1:99::1]:5")).WaitTell("bob") == 0 {
		t.Error("a further network of a site need not wait")
	}
}
