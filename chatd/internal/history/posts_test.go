package history

import "testing"

func TestPostsAreKeptInOrderWhereverChunksEnd(t *testing.T) {
	var ps posts
	first, next := uint64(1), uint64(1)
	check := func() {
		t.Helper()
		if ps.n != int(next-first) {
			t.Fatalf("there are %d posts, want %d to %d", ps.n, first, next-1)
		}
		for i := range ps.n {
			if got, want := ps.at(i).Seq, first+uint64(i); got != want {
				t.Fatalf("post %d has number %d, want %d", i, got, want)
			}
		}
	}
	for _, size := range []int{1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 2, 0} {
		for ps.n < size {
			ps.add(Post{Seq: next})
			next++
			check()
		}
		for ps.n > size/2 {
			ps.drop()
			first++
			check()
		}
	}
	if len(ps.chunks) > 1 {
		t.Errorf("%d chunks are kept of no posts", len(ps.chunks))
	}
}
