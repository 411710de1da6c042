package history

import (
	"sort"
	"strings"
	"time"

	"linechat/chatd/proto"
)

// A chunk is full at so many posts, or when their text has so many bytes.
const (
	chunkSize = 64
	chunkText = 8 << 10
)

// posts is a room's posts, oldest first, in chunks: adding a post moves no other chunk,
// dropping the posts of a chunk frees its memory, and the garbage collector finds a few
// pointers per chunk, however many posts there are.
type posts struct {
	chunks []*chunk
	n      int
	first  int // how many there were before the oldest
}

// A chunk is posts whose strings are concatenated in one text.
type chunk struct {
	text  strings.Builder
	posts []packed
	first int // how many there were before the first of them
}

// A packed is a post without its number, which follows from its place. Its strings,
// nick, key and text, begin at from and end where those of the next post begin.
type packed struct {
	seconds    int64
	nanos      int32
	from       uint32
	account    uint64
	nick, once uint16 // bytes
	me         bool
}

// packedSize is about how many bytes of memory a post takes beside its strings.
const packedSize = 32

// size returns about how many bytes of memory p takes among posts.
func size(p *Post) int { return packedSize + len(p.Nick) + len(p.Once) + len(p.Text) }

func (c *chunk) full() bool { return len(c.posts) == chunkSize || c.text.Len() >= chunkText }

// at returns post i, from the oldest, which is 0, without its number.
func (ps *posts) at(i int) Post {
	c, i := ps.find(i)
	p := &c.posts[i]
	text := c.text.String()[p.from:]
	if i+1 < len(c.posts) {
		text = text[:c.posts[i+1].from-p.from]
	}
	post := Post{Kind: proto.MSG, Time: p.time(), Account: p.account}
	if p.me {
		post.Kind = proto.ME
	}
	post.Nick, text = text[:p.nick], text[p.nick:]
	post.Once, post.Text = text[:p.once], text[p.once:]
	return post
}

// timeOf returns the time of post i.
func (ps *posts) timeOf(i int) time.Time {
	c, i := ps.find(i)
	return c.posts[i].time()
}

func (p *packed) time() time.Time { return time.Unix(p.seconds, int64(p.nanos)) }

// find returns the chunk of post i, and its place there.
func (ps *posts) find(i int) (*chunk, int) {
	i += ps.first
	k := sort.Search(len(ps.chunks), func(k int) bool { return ps.chunks[k].first > i })
	c := ps.chunks[k-1]
	return c, i - c.first
}

func (ps *posts) add(p *Post) {
	c := ps.open()
	c.posts = append(c.posts, packed{
		seconds: p.Time.Unix(), nanos: int32(p.Time.Nanosecond()), from: uint32(c.text.Len()),
		nick: uint16(len(p.Nick)), once: uint16(len(p.Once)), me: p.Kind == proto.ME, account: p.Account,
	})
	c.text.WriteString(p.Nick)
	c.text.WriteString(p.Once)
	c.text.WriteString(p.Text)
	ps.n++
}

// open returns the newest chunk, or, when that is full, a new one of the same capacity.
func (ps *posts) open() *chunk {
	var last *chunk
	if k := len(ps.chunks); k > 0 {
		last = ps.chunks[k-1]
	}
	if last != nil && !last.full() {
		return last
	}
	c := &chunk{first: ps.first + ps.n}
	if last != nil {
		c.posts = make([]packed, 0, len(last.posts))
		c.text.Grow(min(last.text.Len(), chunkText))
	}
	ps.chunks = append(ps.chunks, c)
	return c
}

// drop drops the oldest post.
func (ps *posts) drop() {
	ps.n--
	ps.first++
	if oldest := ps.chunks[0]; ps.first == oldest.first+len(oldest.posts) {
		ps.chunks[0] = nil
		ps.chunks = ps.chunks[1:]
	}
}
