package history

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"linechat/chatd/proto"
)

// numbered returns the post of a number, some of them long, without its number.
func numbered(n int) Post {
	p := Post{Kind: proto.MSG, Time: time.Unix(int64(n), int64(n)), Nick: fmt.Sprint("nick", n%7), Text: fmt.Sprint("text ", n)}
	switch n % 50 {
	case 10:
		p.Kind = proto.ME
	case 20:
		p.Once = fmt.Sprint("key", n)
	case 30:
		p.Text = strings.Repeat("long ", n)
	}
	return p
}

func TestPostsAreKeptInOrderWhereverChunksEnd(t *testing.T) {
	var ps posts
	first, next := 1, 1
	check := func() {
		t.Helper()
		if ps.n != next-first {
			t.Fatalf("there are %d posts, want %d to %d", ps.n, first, next-1)
		}
		for i := range ps.n {
			if got, want := ps.at(i), numbered(first+i); got != want {
				t.Fatalf("post %d is %v, want %v", i, got, want)
			}
		}
	}
	for _, size := range []int{1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 2, 0} {
		for ps.n < size {
			p := numbered(next)
			ps.add(&p)
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
