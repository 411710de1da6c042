package sqlite

import (
	"fmt"
	"maps"
	"slices"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/backplane/machine"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// Apply stores what came of the records that follow the last that was applied, all in one
// transaction, and waits. Results that are stored already it passes over, so after
// history.ErrFailed and history.ErrUnknown it may be called with the same ones again.
// machine.ErrDisagrees.
func (c *Copy) Apply(results []machine.Result) error {
	s, answer := c.store, make(chan error, 1)
	a := &applier{store: s, results: results}
	posts, drops := contents(results)
	s.queue.add(&request{change: a.run, count: posts, answer: func(_ uint64, err error) {
		if err == nil {
			s.heads.move(a.heads)
			s.positions.applied.Store(a.applied)
		}
		answer <- err
	}})
	err := <-answer
	if drops { // also after an error: they are perhaps stored
		signal(s.dropped)
	}
	return err
}

// contents returns how many posts are stored with results, and whether rooms are dropped.
func contents(results []machine.Result) (posts int, drops bool) {
	for i := range results {
		for j := range results[i].Items {
			item := &results[i].Items[j]
			posts += len(item.Stored)
			switch item.Change.(type) {
			case *backplane.Drop, *backplane.DropUnused:
				drops = true
			}
		}
	}
	return posts, drops
}

// An applier is an Apply under way.
type applier struct {
	*db.Tx
	store   *Store
	results []machine.Result

	applied uint64            // position of the last record
	heads   map[string]head   // of the rooms that were posted to
	values  map[string][]byte // of the machine table; nil: there is to be no such row
}

// run stores the results, in a transaction, all or none. Any error but those of writing says
// that the copy disagrees with the log.
func (a *applier) run(t *db.Tx) error {
	a.Tx, a.heads, a.values = t, map[string]head{}, map[string][]byte{}
	err := a.apply()
	if err == nil || db.IsSQLite(err) && !db.IsCorrupt(err) && !db.IsConstraint(err) {
		return err
	}
	return fmt.Errorf("record %d: %w (%v)", a.applied, machine.ErrDisagrees, err)
}

func (a *applier) apply() (err error) {
	if a.applied, _, err = a.Applied(); err != nil {
		return err
	}
	for i := range a.results {
		if r := &a.results[i]; r.Seq > a.applied {
			if err := a.result(r); err != nil {
				return err
			}
		}
	}
	a.Touched(len(a.values)) // at most: some share a page
	for _, key := range slices.Sorted(maps.Keys(a.values)) {
		if err := a.Put([]byte(key), a.values[key]); err != nil {
			return err
		}
	}
	return a.SetApplied(a.applied)
}

// result stores what came of one record.
func (a *applier) result(r *machine.Result) error {
	if next := a.applied + 1; r.Seq != next {
		return fmt.Errorf("record %d comes where %d is to come", r.Seq, next)
	}
	a.applied = r.Seq
	for i := range r.Items {
		if item := &r.Items[i]; item.Verdict.Err == nil {
			if err := a.item(item); err != nil {
				return err
			}
		}
	}
	for _, put := range r.Puts {
		a.values[string(put.Key)] = put.Value
	}
	return nil
}

// item stores a change that was made.
func (a *applier) item(item *machine.Item) error {
	switch c := item.Change.(type) {
	case *backplane.Posts:
		return a.insert(c.Fold, item.Stored)
	case *backplane.Create:
		return a.create(c.Room, 1)
	case *backplane.Import:
		if len(c.Posts) == 0 {
			return a.create(c.Room, c.Room.First)
		}
		return a.insert(c.Room.Name.Fold, item.Stored)
	case *backplane.SetTopic:
		return a.SetTopic(c.Fold, c.Topic, c.Nick)
	case *backplane.Drop:
		return a.drop(c.Fold)
	case *backplane.DropUnused:
		return a.drop(c.Fold)
	case *backplane.CreateAccount:
		return a.InsertAccount(item.Verdict.Account)
	}
	if fold, change := ofAccount(item.Change); change != nil {
		return change.in(a.Tx, fold)
	}
	return nil // it is in Puts
}

// create inserts a room whose posts begin with that number.
func (a *applier) create(room history.Room, first uint64) error {
	room.First, room.Head = first, first-1
	_, err := a.Create(db.RoomRow{Room: room, Dropped: db.Nanos(room.Last)})
	return err
}

// drop deletes a room.
func (a *applier) drop(fold string) error {
	delete(a.heads, fold)
	a.store.heads.drop(fold)
	return a.DropRoom(fold)
}

// insert inserts posts, which follow those that the room has.
func (a *applier) insert(fold string, posts []history.Post) (err error) {
	if len(posts) == 0 {
		return nil
	}
	at, ok := a.heads[fold]
	if !ok {
		if at, err = a.store.heads.get(a.Tx, fold); err != nil {
			return err
		}
	}
	if posts[0].Seq != at.seq+1 {
		return fmt.Errorf("room %s has %d posts, and is to have post %d", fold, at.seq, posts[0].Seq)
	}
	at.seq += uint64(len(posts))
	a.heads[fold] = at
	return a.Insert(at.room, posts)
}

// ofAccount returns a change of an account in force; nil: it is none.
func ofAccount(c backplane.Change) (fold string, change accountChange) {
	switch c := c.(type) {
	case *backplane.SetPassword:
		return c.Fold, setPassword(c.Hash)
	case *backplane.ReplaceHash:
		return c.Fold, replaceHash(c.Old, c.Hash)
	case *backplane.AddKey:
		return c.Fold, addKey(c.Key)
	case *backplane.ProveKey:
		return c.Fold, proveKey(c.Fingerprint)
	case *backplane.RemoveKey:
		return c.Fold, removeKey(c.Fingerprint)
	case *backplane.Ignore:
		return c.Fold, ignore(c.Nick)
	case *backplane.Unignore:
		return c.Fold, unignore(c.Nick)
	case *backplane.Release:
		return c.Fold, release(c.At)
	}
	return "", nil
}
