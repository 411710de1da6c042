package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"unicode/utf8"

	"linechat/chatd/proto"
)

// A postID identifies a post by its poster and its number n among that poster's
// posts, from 1. The zero value is no post.
type postID struct{ poster, n uint32 }

func (id postID) String() string { return fmt.Sprintf("p%d.%d", id.poster, id.n) }

func parseID(s string) (id postID, ok bool) {
	poster, n, _ := strings.Cut(strings.TrimPrefix(s, "p"), ".")
	a, err := strconv.ParseUint(poster, 10, 32)
	b, err2 := strconv.ParseUint(n, 10, 32)
	id = postID{uint32(a), uint32(b)}
	return id, err == nil && err2 == nil && id.String() == s
}

func nickOf(poster uint32) string { return fmt.Sprintf("poster-%d", poster) }

// A source generates posts. A post depends only on the seed and its ID, so what
// chatd returns can be compared without keeping what was sent.
type source struct {
	seed   uint64
	rooms  []string
	corpus string // texts are cut from it
	large  bool   // every post is a POST of about 4 KiB
	homely bool   // a poster posts to one room only
}

func newSource(w *workspace) *source {
	src := &source{seed: w.seed, corpus: makeCorpus(w.random(forTexts))}
	for i := range w.options.rooms {
		src.rooms = append(src.rooms, fmt.Sprintf("room-%d", i))
	}
	return src
}

// all returns the numbers of all rooms.
func (s *source) all() (rooms []int) {
	for room := range s.rooms {
		rooms = append(rooms, room)
	}
	return rooms
}

// home returns the room that a poster posts to, if the source is homely.
func (s *source) home(poster uint32) int { return int(poster) % len(s.rooms) }

// makeCorpus returns a text of many kinds of characters, none of which chatd
// removes.
func makeCorpus(r *rand.Rand) string {
	words := []string{
		"the", "line", "is", "on", "disk", "POST", "OK", "naïve", "Straße", "größer", "señor", "λόγος", "Жук", "слово",
		"漢字", "かな", "한글", "🎉", "👍", "\t", " ", "  ", `"quoted"`, `back\slash`, "<tag>", "&amp;", "/slash", "50%", "'", "\u00a0", "e\u0301", ".", ";--",
	}
	var b strings.Builder
	for b.Len() < 64<<10 {
		b.WriteString(words[r.IntN(len(words))])
		b.WriteByte(' ')
	}
	return b.String()
}

// A post is what one command posts.
type post struct {
	id   postID
	room int
	verb string // POST, ME or PASTE
	once string // its ONCE key, or ""
	text string // of one line, or of several joined by "\n"
}

// post returns the post with an ID.
func (s *source) post(id postID) post {
	r := rand.New(rand.NewPCG(s.seed, uint64(id.poster)<<32|uint64(id.n)))
	p := post{id: id, room: r.IntN(len(s.rooms)), verb: "POST"}
	if s.homely {
		p.room = s.home(id.poster)
	}
	if s.large {
		p.text = id.String() + " " + s.cut(r, 4000)
		return p
	}
	if r.IntN(100) < 12 {
		p.once = fmt.Sprintf("%016x-%s", r.Uint64(), id)
	}
	switch kind := r.IntN(100); {
	case kind < 6:
		p.verb, p.text = "PASTE", s.lines(r, id)
		return p
	case kind < 12:
		p.verb = "ME"
	}
	size := 10 + r.IntN(90)
	switch weight := r.IntN(100); {
	case weight < 5:
		size = 1000 + r.IntN(5000)
	case weight < 30:
		size = 100 + r.IntN(900)
	}
	p.text = id.String() + " " + s.cut(r, size)
	return p
}

// lines returns the text of a PASTE. Some of its lines are empty, and some begin
// with a dot.
func (s *source) lines(r *rand.Rand, id postID) string {
	lines := []string{id.String() + " " + s.cut(r, 20)}
	for range 1 + r.IntN(30) {
		line := s.cut(r, r.IntN(120))
		if r.IntN(8) == 0 {
			line = "." + line
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// cut returns about size bytes of the corpus.
func (s *source) cut(r *rand.Rand, size int) string {
	from := r.IntN(len(s.corpus) - size)
	to := from + size
	for !utf8.RuneStart(s.corpus[from]) {
		from++
	}
	for to < len(s.corpus) && !utf8.RuneStart(s.corpus[to]) {
		to++
	}
	return s.corpus[from:max(from, to)]
}

// append appends the command that posts p.
func (s *source) append(dst []byte, p post) []byte {
	dst = append(append(dst, "IN "...), s.rooms[p.room]...)
	if p.once != "" {
		dst = append(append(dst, " ONCE "...), p.once...)
	}
	dst = append(append(dst, ' '), p.verb...)
	if p.verb != "PASTE" {
		return append(append(append(dst, ' '), p.text...), '\n')
	}
	dst = append(dst, '\n')
	for line := range strings.SplitSeq(p.text, "\n") {
		if strings.HasPrefix(line, ".") {
			dst = append(dst, '.')
		}
		dst = append(append(dst, line...), '\n')
	}
	return append(dst, ".\n"...)
}

// identify returns the ID of the post in a line, and whether the post is complete
// and unchanged.
func (s *source) identify(line proto.Line) (id postID, whole bool) {
	word, _, _ := strings.Cut(line.Text, " ")
	id, ok := parseID(word)
	if !ok {
		return postID{}, false
	}
	p := s.post(id)
	kind := proto.MSG
	if p.verb == "ME" {
		kind = proto.ME
	}
	return id, line.Text == p.text && line.Type == kind && line.Nick == nickOf(id.poster) && line.Room == s.rooms[p.room]
}
