package history

// chunkSize is how many posts are kept in one piece of memory.
const chunkSize = 64

// A posts is a room's posts, oldest first, in chunks: adding one moves no other
// beyond its chunk, and dropped ones give their memory back.
type posts struct {
	chunks  [][]Post // all full but the last
	dropped int      // of the first
	n       int
}

// at returns post i, the oldest being 0.
func (ps *posts) at(i int) *Post {
	i += ps.dropped
	return &ps.chunks[i/chunkSize][i%chunkSize]
}

func (ps *posts) add(p Post) {
	last := len(ps.chunks) - 1
	if last < 0 || len(ps.chunks[last]) == chunkSize {
		ps.chunks = append(ps.chunks, nil)
		last++
	}
	ps.chunks[last] = append(ps.chunks[last], p)
	ps.n++
}

// drop drops the oldest post.
func (ps *posts) drop() {
	*ps.at(0) = Post{}
	ps.n--
	if ps.dropped++; ps.dropped == chunkSize {
		ps.chunks[0] = nil
		ps.chunks, ps.dropped = ps.chunks[1:], 0
	}
}
