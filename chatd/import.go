package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/offline"
	"linechat/chatd/proto"
)

func importCommand(p *program) *cobra.Command {
	fill, cluster := false, clusterOptions{}
	c := &cobra.Command{
		Use:   "import [FILE]",
		Short: "adds exported rooms, while chatd does not run",
		Args:  takes(0, 1),
		Long: `chatd import reads an export from FILE or stdin and adds its accounts, and its
rooms with their numbers, times and keys. It makes the directory if there is
none. It stops at an account or room that exists already, and at a line that
chatd would not have written: rooms before it are imported, and nothing of the
room that the line is in. chatd makes the posts searchable when it runs next.

With --nats it adds them to a chat on several machines, all of which take them,
through the copy in --data; the chatds of other machines may run.

To make a whole store from a damaged one, while chatd does not run:

    chatd export --data DIR >saved
    chatd import --data NEW --fill <saved`,
	}
	c.Flags().BoolVar(&fill, "fill", false, "put a line in the place of each missing post")
	c = p.dataCommand(c, func(in *invocation) error { return runImport(in, fill, &cluster) })
	c.Flags().AddFlagSet(cluster.flags())
	completeServers(c)
	prepare := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		return cmp.Or(prepare(c, args), cluster.check(false))
	}
	return c
}

// maxImportLine is the maximum length of a line of an export: a character of a text takes
// at most six bytes.
const maxImportLine = 6*maxMaxLine + 4096

// placeholder takes the place of a missing post, with --fill.
var placeholder = history.Post{Kind: proto.MSG, Nick: "chatd", Text: "(this post was damaged and is lost)"}

func runImport(in *invocation, fill bool, cluster *clusterOptions) error {
	if len(in.args) > 0 {
		f, err := os.Open(in.args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		in.stdin = f
	}
	store, err := in.importTarget(cluster)
	if err != nil {
		return err
	}
	im := &importer{invocation: in, fill: fill, store: store, lines: bufio.NewScanner(in.stdin), accounts: map[uint64]uint64{}}
	im.lines.Buffer(nil, maxImportLine)
	if err := errors.Join(im.rooms(), store.Close()); err != nil {
		return fmt.Errorf("%w (%s)", err, im.imported())
	}
	in.progress.clear()
	filled := ""
	if im.filled > 0 {
		filled = fmt.Sprintf(", of which %d stand for posts that are lost", im.filled)
	}
	_, err = fmt.Fprintf(in.stdout, "%s: %s, %s imported%s\n", in.data, counted(im.done, "room"), counted(im.posts, "post"), filled)
	return err
}

// importTarget opens what the import is added to.
func (in *invocation) importTarget(cluster *clusterOptions) (importTarget, error) {
	if cluster.on() {
		return openLogTarget(context.Background(), in, cluster)
	}
	return offline.OpenImporter(in.data, func(path string, was fs.FileMode) {
		_, _ = fmt.Fprintf(in.stderr, "chatd import: others could get at %s (mode %04o), and no longer can\n", path, was)
	})
}

// An importer reads an export line by line and adds it to the store.
type importer struct {
	*invocation
	fill  bool // placeholders take the place of missing posts
	store importTarget
	lines *bufio.Scanner
	line  int // the number of the line read last
	ahead any // that line, an *accountLine, *roomLine or *postLine; nil: it has been used

	accounts map[uint64]uint64 // the ids that imported accounts have here, by those that they had

	done, posts, filled int64  // rooms, posts and placeholders imported
	last                string // the room imported last
}

// imported says what is imported in spite of an error.
func (im *importer) imported() string {
	if im.done == 0 {
		return "nothing is imported"
	}
	return fmt.Sprintf("%s before it imported, the last is %s", counted(im.done, "room"), im.last)
}

// errorf returns an error of the line read last.
func (im *importer) errorf(format string, args ...any) error {
	return &lineError{im.line, fmt.Errorf(format, args...)}
}

// A lineError is an error of a line.
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
			return nil, im.errorf("%w", err)
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
		return im.errorf("it has more than %d bytes", maxImportLine)
	default:
		return im.errorf("%w", err)
	}
}

// rooms imports one account or room after the other.
func (im *importer) rooms() error {
	for {
		ahead, err := im.peek()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch l := ahead.(type) {
		case *accountLine:
			err = im.account(l)
		case *roomLine:
			err = im.room(l)
		default:
			err = im.errorf("a post where the line of a room is to come")
		}
		if err != nil {
			return err
		}
	}
}

func (im *importer) room(l *roomLine) error {
	r, err := l.record()
	if err != nil {
		return im.errorf("%w", err)
	}
	r.Owner.Account = im.accounts[l.Account] // of one that is not imported: nobody's
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
	im.progress.show(counted(im.posts, "post"))
	return nil
}

// A roomImport is the posts of one room, as they are read.
type roomImport struct {
	*importer
	room *offline.RoomRecord
	next uint64        // the next number
	last time.Time     // when the post before it was made
	held *history.Post // read, but not used yet
}

// all yields the posts; it is an iter.Seq2.
func (ri *roomImport) all(yield func(*history.Post, error) bool) {
	for {
		p, err := ri.take()
		if p == nil && err == nil || !yield(p, err) || err != nil {
			return
		}
		ri.next, ri.last = p.Seq+1, p.Time
		if p.Seq%1000 == 0 {
			ri.progress.show(counted(ri.posts+int64(ri.next-ri.room.First), "post"))
		}
	}
}

// take returns the next post; nil: the room has no more.
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
		return ri.fillIn(), nil
	case ri.held == nil:
		return nil, ri.errorf("post %d is missing, the room has posts up to %d; --fill puts a line in its place", ri.next, ri.room.Head)
	}
	return nil, ri.errorf("post %d is missing before post %d; --fill puts a line in its place", ri.next, end)
}

// fillIn returns a placeholder for the next post. Its time is that of the post before it,
// or of the one after it.
func (ri *roomImport) fillIn() *history.Post {
	p := placeholder
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

// read reads the next post of the room; nil: the room has ended.
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
	if err == nil {
		p.Account = ri.accounts[l.Account] // of one that is not imported: a guest's
	}
	switch {
	case l.Room != ri.room.Name.Shown:
		return nil, ri.errorf("a post of room %s among those of room %s", l.Room, ri.room.Name.Shown)
	case err != nil:
		return nil, ri.errorf("post %d: %w", l.Seq, err)
	case p.Seq < ri.next || p.Seq > ri.room.Head:
		return nil, ri.errorf("post %d, where the posts from %d to %d are to come", p.Seq, ri.next, ri.room.Head)
	case p.Time.Before(ri.last):
		return nil, ri.errorf("post %d is older than the one before it", p.Seq)
	}
	ri.ahead = nil
	return p, nil
}
