package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/proto"
)

var importCommand = command{
	name:      "import",
	arguments: "[FILE]",
	most:      1,
	brief:     "adds the rooms of an export, from FILE or stdin, while chatd does not run",
	about: `Numbers, times and keys are kept. It ends at a room that exists already, and at a
line that is not as chatd would have written it: the rooms before it are there
then, and of the room that it is in nothing. The directory is made if there is
none; the words of the posts are indexed when chatd runs next.

To make a whole store of a damaged one, while chatd does not run:

    chatd export --data DIR >saved
    chatd import --data NEW --fill <saved
`,
	options: func(a *call) {
		a.flags.BoolVar(&a.fill, "fill", false, "put a line in the place of each post that is missing")
	},
	run: runImport,
}

// mostLine is how long a line of an export may be: a character of a text takes
// six bytes at most.
const mostLine = 6*mostMaxLine + 4096

// substitute stands for a post that is not in the export, with --fill.
var substitute = history.Post{Kind: proto.MSG, Nick: "chatd", Text: "(this post was damaged and is lost)"}

func runImport(a *call) error {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	if len(a.given) > 0 {
		f, err := os.Open(a.given[0])
		if err != nil {
			return err
		}
		defer f.Close()
		a.stdin = f
	}
	store, err := sqlite.OpenImporter(dir)
	if err != nil {
		return err
	}
	im := &importer{call: a, store: store, lines: bufio.NewScanner(a.stdin)}
	im.lines.Buffer(nil, mostLine)
	if err := errors.Join(im.rooms(), store.Close()); err != nil {
		return fmt.Errorf("%w (%s)", err, im.before())
	}
	a.meter.clear()
	filled := ""
	if im.filled > 0 {
		filled = fmt.Sprintf(", of which %d stand for posts that are lost", im.filled)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s, %s imported%s\n", dir, counted(im.done, "room"), counted(im.posts, "post"), filled)
	return err
}

// An importer reads an export, a line at a time, and has the store take it in.
type importer struct {
	*call
	store *sqlite.Importer
	lines *bufio.Scanner
	line  int // the number of the one read last
	ahead any // what that one says, a *roomLine or *postLine; nil: it is taken

	done, posts, filled int64  // rooms and posts that are imported, and posts that stand for others
	last                string // the room imported last
}

// before says what is imported in spite of an error.
func (im *importer) before() string {
	if im.done == 0 {
		return "nothing is imported"
	}
	return fmt.Sprintf("%s before it imported, the last is %s", counted(im.done, "room"), im.last)
}

// wrong is an error of the line read last.
func (im *importer) wrong(format string, args ...any) error {
	return &lineError{im.line, fmt.Errorf(format, args...)}
}

// A lineError is what is wrong with a line.
type lineError struct {
	line int
	error
}

func (e *lineError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.error) }

// peek returns what the next line says. io.EOF.
func (im *importer) peek() (any, error) {
	for im.ahead == nil {
		if !im.lines.Scan() {
			im.line++
			return nil, im.ended()
		}
		im.line++
		if len(im.lines.Bytes()) == 0 {
			continue
		}
		var err error
		if im.ahead, err = parseLine(im.lines.Bytes()); err != nil {
			return nil, im.wrong("%w", err)
		}
	}
	return im.ahead, nil
}

// ended says why there is no further line. io.EOF.
func (im *importer) ended() error {
	switch err := im.lines.Err(); err {
	case nil:
		return io.EOF
	case bufio.ErrTooLong:
		return im.wrong("it has more than %d bytes", mostLine)
	default:
		return im.wrong("%w", err)
	}
}

// rooms imports one room after the other.
func (im *importer) rooms() error {
	for {
		ahead, err := im.peek()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		l, ok := ahead.(*roomLine)
		if !ok {
			return im.wrong("a post where the line of a room is to come")
		}
		if err := im.room(l); err != nil {
			return err
		}
	}
}

func (im *importer) room(l *roomLine) error {
	r, err := l.record()
	if err != nil {
		return im.wrong("%w", err)
	}
	name, at := r.Name.Shown, im.line
	im.ahead = nil
	posts := &roomImport{importer: im, room: r, next: r.First, last: r.Dropped}
	var line *lineError
	switch err := im.store.Room(r, posts.all); {
	case errors.Is(err, history.ErrExists):
		return &lineError{at, fmt.Errorf("there is a room %s already, or one that looks like it", name)}
	case errors.As(err, &line):
		return err
	case err != nil:
		return fmt.Errorf("room %s: %w", name, err)
	}
	im.done++
	im.posts += int64(r.Head + 1 - r.First)
	im.last = name
	im.meter.show(counted(im.posts, "post"))
	return nil
}

// A roomImport is the posts of one room, as they are read.
type roomImport struct {
	*importer
	room *sqlite.RoomRecord
	next uint64        // the number that is to come
	last time.Time     // when the one before it was made
	held *history.Post // it is read and not taken
}

// all is the posts as an iter.Seq2.
func (ri *roomImport) all(yield func(*history.Post, error) bool) {
	for {
		p, err := ri.take()
		if p == nil && err == nil || !yield(p, err) || err != nil {
			return
		}
		ri.next, ri.last = p.Seq+1, p.Time
		if p.Seq%1000 == 0 {
			ri.meter.show(counted(ri.posts+int64(ri.next-ri.room.First), "post"))
		}
	}
}

// take returns the post that is to come; nil: the room has no further one.
func (ri *roomImport) take() (p *history.Post, err error) {
	if ri.held == nil {
		if ri.held, err = ri.read(); err != nil {
			return nil, err
		}
	}
	end := ri.room.Head + 1
	if ri.held != nil {
		end = ri.held.Seq
	}
	switch {
	case ri.next == end:
		p, ri.held = ri.held, nil
		return p, nil
	case ri.fill:
		return ri.standIn(), nil
	case ri.held == nil:
		return nil, ri.wrong("post %d is missing, the room has posts up to %d; --fill puts a line in its place", ri.next, ri.room.Head)
	}
	return nil, ri.wrong("post %d is missing before post %d; --fill puts a line in its place", ri.next, end)
}

// standIn returns what stands for a post that is missing. Its time is that of the
// post before it, or of the next one.
func (ri *roomImport) standIn() *history.Post {
	p := substitute
	p.Seq, p.Time = ri.next, ri.last
	switch {
	case !p.Time.IsZero():
	case ri.held != nil:
		p.Time = ri.held.Time
	case !ri.room.Made.IsZero():
		p.Time = ri.room.Made
	default:
		p.Time = time.Now()
	}
	ri.filled++
	return &p
}

// read reads the next post of the room; nil: the room has ended. What comes
// behind its last post is no matter of the room.
func (ri *roomImport) read() (*history.Post, error) {
	if ri.next > ri.room.Head {
		return nil, nil
	}
	ahead, err := ri.peek()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	l, ok := ahead.(*postLine)
	if err != nil || !ok {
		return nil, err
	}
	p, err := l.post()
	switch {
	case l.Room != ri.room.Name.Shown:
		return nil, ri.wrong("a post of room %s among those of room %s", l.Room, ri.room.Name.Shown)
	case err != nil:
		return nil, ri.wrong("post %d: %w", l.Seq, err)
	case p.Seq < ri.next || p.Seq > ri.room.Head:
		return nil, ri.wrong("post %d, where the posts from %d to %d are to come", p.Seq, ri.next, ri.room.Head)
	case p.Time.Before(ri.last):
		return nil, ri.wrong("post %d is older than the one before it", p.Seq)
	}
	ri.ahead = nil
	return p, nil
}
