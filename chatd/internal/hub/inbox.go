package hub

import "sync"

// inboxSize is how many posts an inbox holds.
const inboxSize = 512

// An inbox holds the posts that the room has not taken yet. It is cheaper than a channel,
// because one lock takes out all that has come in.
type inbox struct {
	space   chan struct{} // holds a token when one that waits for space is to try again
	backlog *backlog      // counts the room while it has posts here

	mu    sync.Mutex
	posts []*Post
}

// put adds a post if there is space, and reports whether it did and whether it is the
// only one, of which the room must be notified.
func (in *inbox) put(p *Post) (put, first bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	n := len(in.posts)
	if n == inboxSize {
		return false, false
	}
	in.posts = append(in.posts, p)
	if n == 0 {
		in.backlog.add()
	}
	return true, n == 0
}

// swap takes all posts out, and puts later ones into the memory of spare.
func (in *inbox) swap(spare []*Post) []*Post {
	in.mu.Lock()
	posts := in.posts
	in.posts = spare[:0]
	in.mu.Unlock()
	if len(posts) > 0 {
		in.backlog.remove()
	}
	if len(posts) == inboxSize {
		signal(in.space)
	}
	return posts
}

// signal puts a token into c, which holds one, if it is empty.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
