package hub

import (
	"testing"
	"testing/synctest"
)

// Posts wait from when they come until their room takes them, also where it cannot give them to
// the store yet.
func TestPostsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := newHub(t, usual, ample)
		taken := 0
		h.OnPostsTaken(func() { taken++ })
		r, other := open(t, h, "go"), open(t, h, "golf")
		want := func(when string, wait bool, times int) {
			t.Helper()
			if h.PostsWait() != wait || taken != times {
				t.Errorf("%s: %v, taken %d times; want %v, %d", when, h.PostsWait(), taken, wait, times)
			}
		}
		want("at first", false, 0)
		for range 3 {
			r.TryPost(&compose("bob", "", "hi").Post)
		}
		other.TryPost(&compose("bob", "", "hi").Post)
		want("with posts in two rooms", true, 0)
		r.TryProcess()
		want("with posts in one room", true, 0)
		other.TryProcess()
		want("when all are taken", false, 1)
		r.TryProcess()
		want("with nothing to do", false, 1)
	})
}
