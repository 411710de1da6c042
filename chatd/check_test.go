package main

import (
	"fmt"
	"testing"

	"linechat/chatd/internal/history/sqlite"
)

func TestCheckComparesCopies(t *testing.T) {
	t.Parallel()
	one, other := t.TempDir(), t.TempDir()
	for _, dir := range []string{one, other} {
		s, err := sqlite.Open(dir, sqlite.Config{Shared: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	want := fmt.Sprintf("ok %s and %s: 0 rooms, 0 posts, both after record 0\n", one, other)
	if got := succeed(t, "check", one, "--against", other); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
