package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"linechat/chatd/proto"
)

// knownPosts is how many posts the files have that are damaged.
const knownPosts = 3000

// runFlip damages copies of chatd's files, and reads what chatd makes of them:
// it may refuse to start, serve the beginning of what was committed, or answer
// ERR store; it may not serve what was not posted.
func runFlip(ctx context.Context, w *workspace) error {
	if err := w.build(ctx); err != nil {
		return err
	}
	w.progress.Show("posting %d posts", knownPosts)
	known, err := w.makeSpecimens(ctx)
	if err != nil {
		return err
	}
	r := &flipReport{outcomes: map[string]map[string]int{}, refusals: map[string]int{}}
	damage := &damager{rng: w.random(forDamage)}
	for round := range w.rounds {
		name, files := damage.next(known)
		w.progress.Show("%d of %d: %s", round+1, w.rounds, name)
		t := &flipTrial{known: known, number: round + 1, damage: name, tally: &r.tally}
		outcome, err := t.run(ctx, w, files)
		if err != nil {
			return err
		}
		if outcome == refusedToStart {
			r.refusals[t.message]++
		}
		if r.outcomes[damage.kind] == nil {
			r.outcomes[damage.kind] = map[string]int{}
		}
		r.outcomes[damage.kind][outcome]++
	}
	if sign := w.crash(); sign != "" {
		r.tally.add(broken, 1, "chatd logged: %s", sign)
	}
	w.progress.Clear()
	r.write(w)
	if r.tally.any() {
		return errFaults
	}
	return nil
}

// A specimen is known content, in files as chatd leaves them when it is stopped
// and when it is killed.
type specimen struct {
	rooms   []string
	content [][]proto.Line // by room
	order   []int          // the rooms of all posts, as they were committed
	closed  image
	killed  image
}

// makeSpecimens posts, one post after the other.
func (w *workspace) makeSpecimens(ctx context.Context) (*specimen, error) {
	data := w.path("specimen")
	d, err := w.start(ctx, "--data", data)
	if err != nil {
		return nil, err
	}
	defer func() { d.Kill() }()
	load := newLoad(w)
	if err := load.createRooms(ctx, d.socket); err != nil {
		return nil, err
	}
	known := &specimen{rooms: load.source.rooms}
	if known.order, err = load.postInTurns(ctx, d.socket, knownPosts); err != nil {
		return nil, err
	}
	d.Kill() // at once, so that the last posts are in the WAL alone
	if known.killed, err = readImage(data); err != nil {
		return nil, err
	}
	if d, err = w.start(ctx, "--data", data); err != nil {
		return nil, err
	}
	if known.content, err = readAll(ctx, d.socket, known.rooms); err != nil {
		return nil, err
	}
	load.ledger.audit(known.content)
	if load.ledger.faulty() {
		return nil, errors.New(strings.Join(load.ledger.tally.notes, "\n"))
	}
	if err := d.Stop(stopWithin); err != nil {
		return nil, err
	}
	known.closed, err = readImage(data)
	return known, err
}

// postInTurns has the posters post n posts, each when the one before is
// acknowledged. It returns the rooms of the posts.
func (l *load) postInTurns(ctx context.Context, socket string, n int) (order []int, err error) {
	conns := make([]*conn, len(l.posters))
	for i := range conns {
		if conns[i], err = dialAs(ctx, socket, nickOf(uint32(i))); err != nil {
			return nil, err
		}
		defer func() { _ = conns[i].Close() }()
	}
	for i := range n {
		poster := l.posters[i%len(conns)]
		p := l.source.post(l.ledger.next(poster.number))
		if _, err := poster.send(conns[i%len(conns)], []post{p}); err != nil {
			return nil, err
		}
		order = append(order, p.room)
	}
	return order, nil
}

// readImage reads the files of a directory, but for shared memory and what is
// no file.
func readImage(dir string) (image, error) {
	files := image{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasSuffix(e.Name(), sharedMemory) {
			continue
		}
		if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// write writes the files to a new directory.
func (i image) write(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for name, content := range i {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// A flipReport is what came of all trials.
type flipReport struct {
	outcomes map[string]map[string]int // by kind of damage, then outcome
	refusals map[string]int            // what chatd said when it refused to start
	tally    tally
}

func (r *flipReport) write(w *workspace) {
	table := tabwriter.NewWriter(w.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "damage\t"+strings.Join(flipOutcomes, "\t"))
	for _, kind := range slices.Sorted(maps.Keys(r.outcomes)) {
		fmt.Fprint(table, kind)
		for _, outcome := range flipOutcomes {
			fmt.Fprint(table, "\t", r.outcomes[kind][outcome])
		}
		fmt.Fprintln(table)
	}
	_ = table.Flush() // stdout; there is nobody to tell
	for _, message := range slices.Sorted(maps.Keys(r.refusals)) {
		w.printf("%d × %.200s\n", r.refusals[message], message)
	}
	writeTable(w.out, []column{{"rounds", w.rounds}}, &r.tally)
}

// digits are replaced in messages, so that like ones are counted as one.
var digits = regexp.MustCompile(`[0-9]+`)
