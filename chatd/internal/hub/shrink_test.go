package hub

import "testing"

// When memory is short the logs are dropped at once, but for what each has last, and members
// read the rest from the store; then they may grow again.
func TestShrinkLogs(t *testing.T) {
	h, _ := newHub(t, usual, ample)
	r := open(t, h, "go")
	alice := join(t, r, 1, "alice", 0)
	const posts, size = 100, 4 << 10
	fill(t, r, posts, size)
	if n := h.Figures().LogBytes; n < posts*size {
		t.Fatalf("the logs have %d bytes", n)
	}
	h.ShrinkLogs(0)
	if n := h.Figures().LogBytes; n > 4*size {
		t.Errorf("then the logs have %d bytes", n)
	}
	if lines := read(t, alice, ReadOptions{Session: 1}); len(lines) < posts*size {
		t.Errorf("a member that was behind reads %d bytes", len(lines))
	}
	h.ShrinkLogs(100)
	fill(t, r, posts, size)
	if n := h.Figures().LogBytes; n < posts*size {
		t.Errorf("when they may, the logs have %d bytes", n)
	}
}
