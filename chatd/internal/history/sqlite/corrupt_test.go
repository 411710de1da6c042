package sqlite_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite"
	"linechat/chatd/internal/history/sqlite/offline"
)

// How often TestDamagedFilesNeverTellSomethingElse damages files, and with which
// random numbers. scripts/soak tries it more often.
var (
	damageRounds = flag.Int("damages", 42, "how many damaged stores are opened")
	damageSeed   = flag.Uint64("damage-seed", 1, "what the damage is made from")
)

const walFile = sqlite.DBFile + "-wal"

// files are the contents of files, by name.
type files map[string][]byte

// A corpus is known content, in files as a store leaves them when it is closed and
// when it is killed.
type corpus struct {
	content        map[string][]history.Post // by room
	order          []string                  // the rooms of all posts, as they were committed
	closed, killed files
}

// newCorpus posts to some rooms in turns, one post after the other.
func newCorpus(t *testing.T) *corpus {
	t.Helper()
	dir := t.TempDir()
	s := open(t, dir, sqlite.Config{})
	c := &corpus{content: map[string][]history.Post{}}
	rooms := []string{"a", "b", "c", "d"}
	create(t, s, rooms...)
	for i, text := range bulk(240) {
		fold := rooms[i*7/3%len(rooms)]
		c.content[fold] = append(c.content[fold], post(t, s, fold, uint64(len(c.content[fold])+1), text)...)
		c.order = append(c.order, fold)
	}
	c.killed = readFiles(t, crash(t, dir, sqlite.DBFile, walFile))
	caughtUp(t, s)
	shut(t, s)
	c.closed = readFiles(t, crash(t, dir, sqlite.DBFile, sqlite.IndexFile))
	return c
}

func readFiles(t *testing.T, dir string) files {
	t.Helper()
	f := files{}
	for _, name := range names(t, dir) {
		f[name] = read(t, filepath.Join(dir, name))
	}
	return f
}

// A corrupter damages files, in another way each time.
type corrupter struct{ rng *rand.Rand }

// corruptions are the ways, in turn.
var corruptions = []struct {
	name   string
	killed bool // of the files that a killed store has left
	apply  func(c *corrupter, f files, round int)
}{
	{"closed: bytes of chat.db", false, func(c *corrupter, f files, round int) { c.flip(f[sqlite.DBFile], round) }},
	{"killed: bytes of the WAL", true, func(c *corrupter, f files, round int) { c.flip(f[walFile], round) }},
	{"killed: end of the WAL", true, (*corrupter).shorten},
	{"killed: bytes of chat.db", true, func(c *corrupter, f files, round int) { c.flip(f[sqlite.DBFile], round) }},
	{"closed: first page of chat.db", false, func(c *corrupter, f files, _ int) { c.flip(f[sqlite.DBFile][:4096], 0) }},
	{"closed: bytes of search.db", false, func(c *corrupter, f files, round int) { c.flip(f[sqlite.IndexFile], round) }},
}

// flip changes 1, 8 or 64 bytes.
func (c *corrupter) flip(content []byte, round int) {
	for range 1 << (3 * (round % 3)) {
		content[c.rng.IntN(len(content))] ^= byte(1 + c.rng.IntN(255))
	}
}

// shorten cuts the WAL: by one sector, two, three …, and every other time anywhere.
func (c *corrupter) shorten(f files, round int) {
	wal := f[walFile]
	size := max(0, len(wal)-(round/2+1)*512)
	if round%2 == 1 {
		size = c.rng.IntN(len(wal) + 1)
	}
	f[walFile] = wal[:size]
}

// TestDamagedFilesNeverTellSomethingElse opens damaged copies of a store, which may
// be refused, serve the beginning of what was committed, or fail in part, as the check
// then says; they may not serve what was not posted.
func TestDamagedFilesNeverTellSomethingElse(t *testing.T) {
	t.Parallel()
	known := newCorpus(t)
	outcomes := map[string]int{}
	for i := range *damageRounds {
		way := corruptions[i%len(corruptions)]
		image := known.closed
		if way.killed {
			image = known.killed
		}
		image = maps.Clone(image)
		for name, content := range image {
			image[name] = slices.Clone(content)
		}
		way.apply(&corrupter{rand.New(rand.NewPCG(*damageSeed, uint64(i)))}, image, i/len(corruptions))
		trial := &trial{T: t, known: known, name: fmt.Sprintf("damage %d, %s", i, way.name)}
		outcomes[trial.run(image)]++
	}
	t.Log(outcomes)
	for _, outcome := range []string{"refused", "whole", "prefix", "part"} {
		if outcomes[outcome] == 0 {
			t.Errorf("got %v: no damage led to %q", outcomes, outcome)
		}
	}
}

// A trial opens damaged files, and judges what they serve.
type trial struct {
	*testing.T
	known  *corpus
	name   string
	served map[string]int // posts, by room
	unread bool           // something is answered with ErrUnread
}

func (t *trial) run(image files) (outcome string) {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range image {
		write(t, filepath.Join(dir, name), content)
	}
	outcome = t.serve(dir)
	report, err := offline.CheckDir(t.Context(), dir, nil)
	unsaid := err == nil && report.OK() && outcome != "whole" && outcome != "prefix"
	if unsaid || err != nil && outcome != "refused" {
		t.Errorf("%s: %s, but the check says %v, %v", t.name, outcome, report, err)
	}
	return outcome
}

// serve reads and posts to every room.
func (t *trial) serve(dir string) (outcome string) {
	s, err := sqlite.Open(dir, sqlite.Config{})
	if err != nil {
		return "refused"
	}
	t.served = map[string]int{}
	for fold := range t.known.content {
		t.readRoom(s, fold)
	}
	for fold := range t.known.content { // whatever the answer is, there is to be one
		<-start(s, fold, posts(1, "after the damage"))
	}
	_ = s.Close()
	return t.outcome()
}

// readRoom reads a room a few posts at a time, and around what cannot be read.
func (t *trial) readRoom(s history.Store, fold string) {
	want := t.known.content[fold]
	for from := 1; from <= len(want)+1; {
		page, err := s.Page(t.Context(), fold, uint64(from), uint64(from)+3, 1<<20)
		switch {
		case errors.Is(err, history.ErrUnread):
			t.unread = true
			from++
			continue
		case errors.Is(err, history.ErrNoRoom):
			return
		case err != nil || page.First != 1:
			t.Errorf("%s: room %s from %d: %v, it begins at %d", t.name, fold, from, err, page.First)
		}
		for i, p := range page.Posts {
			p.Time = p.Time.UTC()
			if n := from + i; n > len(want) || p != want[n-1] {
				t.Errorf("%s: room %s, post %d is %+v", t.name, fold, n, p)
			}
		}
		t.served[fold] += len(page.Posts)
		if len(page.Posts) == 0 {
			return
		}
		from += len(page.Posts)
	}
}

// outcome says what it comes to. When nothing is answered with an error, of all rooms
// together the posts that were committed first are to be served. Only where the
// damage has put the index of numbers out of order a room may seem to end early, which
// the check notices.
func (t *trial) outcome() string {
	total := 0
	for _, n := range t.served {
		total += n
	}
	switch {
	case t.unread:
		return "part"
	case total == len(t.known.order):
		return "whole"
	}
	first := map[string]int{}
	for _, fold := range t.known.order[:total] {
		first[fold]++
	}
	for fold, n := range t.served {
		if n != first[fold] {
			return "short"
		}
	}
	return "prefix"
}
