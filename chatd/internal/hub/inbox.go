package hub

import "sync"

// inboxSize is how many posts a room is handed before it takes them.
const inboxSize = 512

// An inbox is the posts that sessions have handed to a room and that it has not
// taken yet. It is cheaper than a channel: one lock takes in all that has come.
type inbox struct {
	space chan struct{} // holds a token when whoever waits for space is to try again

	mu    sync.Mutex
	posts []*Post
}

// put adds a post, if there is space for it. The room is to be notified of the first.
func (in *inbox) put(p *Post) (put, first bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	n := len(in.posts)
	if n == inboxSize {
		return false, false
	}
	in.posts = append(in.posts, p)
	return true, n == 0
}

// drain appends the posts that have come in to to.
func (in *inbox) drain(to []*Post) []*Post {
	in.mu.Lock()
	n := len(in.posts)
	to = append(to, in.posts...)
	clear(in.posts)
	if in.posts = in.posts[:0]; cap(in.posts) > smallBatch && n < smallBatch {
		in.posts = nil
	}
	in.mu.Unlock()
	if n == inboxSize {
		signal(in.space)
	}
	return to
}

// signal puts a token into c, which holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
