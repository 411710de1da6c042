package offline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"linechat/chatd/internal/account"
	"linechat/chatd/internal/history"
	"linechat/chatd/internal/history/sqlite/internal/db"
)

// A Comparison is what Compare has found.
type Comparison struct {
	Report             // of what both copies have
	Applied  [2]uint64 // the record of the log that each has applied last
	progress Progress
	copies   [2]*sharedCopy
}

// A sharedCopy is the chat.db of one machine.
type sharedCopy struct {
	*snapshot
	rooms map[string]db.RoomRow // by fold
	sums  db.Checksum
}

// Compare compares two copies of the log that several machines share, each a chat.db, a backup
// or a data directory. At one position of the log they have the same rooms, accounts and posts;
// else it compares the posts that both have. Of each room it names the first post that differs.
// What retention has left of a room, each machine decides for itself.
func Compare(ctx context.Context, one, other string, progress Progress) (*Comparison, error) {
	c := &Comparison{progress: progress}
	for i, path := range []string{one, other} {
		if st, err := os.Stat(path); err == nil && st.IsDir() {
			path = filepath.Join(path, db.ChatFile)
		}
		s, err := openSnapshot(ctx, path)
		if err != nil {
			return nil, err
		}
		defer s.Close()
		c.copies[i] = &sharedCopy{snapshot: s}
		if c.Applied[i], err = c.copies[i].read(); err != nil {
			return nil, err
		}
	}
	if err := c.compareRooms(ctx); err != nil {
		return nil, err
	}
	if c.level() {
		return c, errors.Join(c.compareAccounts(), c.compareValues())
	}
	return c, nil
}

// read reads the position and the rooms of a copy, as they are now.
func (s *sharedCopy) read() (applied uint64, err error) {
	if err := errors.Join(s.begin(), s.verify(&db.Chat)); err != nil {
		return 0, err
	}
	applied, shared, err := s.Conn.Applied()
	if err == nil && !shared {
		err = errors.New("these are the rooms of one machine, and no copy of a log that several share")
	}
	if err == nil {
		s.rooms, err = s.heads()
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", s.path, err)
	}
	return applied, err
}

// heads reads the rooms.
func (s *sharedCopy) heads() (map[string]db.RoomRow, error) {
	rooms := map[string]db.RoomRow{}
	err := s.Each(db.SelectHeads, func(row *db.Row) error {
		r, err := db.ScanHead(row)
		rooms[r.Name.Fold] = r
		return err
	})
	return rooms, err
}

// compareRooms compares the rooms, in the order of their folds.
func (c *Comparison) compareRooms(ctx context.Context) error {
	one, other := c.copies[0].rooms, c.copies[1].rooms
	both := maps.Clone(one)
	maps.Copy(both, other)
	for _, fold := range slices.Sorted(maps.Keys(both)) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		a, in := one[fold]
		b, inOther := other[fold]
		switch {
		case in && inOther && (c.level() || a.Made.Equal(b.Made)): // else it is another room of that name
			c.compareRoom(&a, &b)
		case c.level():
			c.problem("room %s is in one of them only", both[fold].Name.Shown)
		}
	}
	return nil
}

// level reports whether both copies have applied the same records.
func (c *Comparison) level() bool { return c.Applied[0] == c.Applied[1] }

// compareRoom compares two copies of a room.
func (c *Comparison) compareRoom(a, b *db.RoomRow) {
	c.Rooms++
	if c.level() && !sameRoom(a.Room, b.Room) {
		c.problem("room %s differs in its name, topic, maker, times or last number, which is %d, and %d in the other", a.Name.Shown, a.Head, b.Head)
	}
	if err := c.comparePosts(a, b, max(a.First, b.First), min(a.Head, b.Head)); err != nil {
		c.problem("room %s: %v", a.Name.Shown, err)
	}
}

// sameRoom reports whether two rooms are the same but for what retention has left of them.
func sameRoom(a, b history.Room) bool {
	same := a.Made.Equal(b.Made) && a.Last.Equal(b.Last)
	a.First, a.Made, a.Last = b.First, b.Made, b.Last
	return same && a == b
}

// comparePosts compares the posts from … to … of a room. The error is the first difference.
func (c *Comparison) comparePosts(a, b *db.RoomRow, from, to uint64) error {
	for from <= to {
		upto := min(to, from+tellEvery-1)
		one, err := c.copies[0].page(a.ID, from, upto)
		if err != nil {
			return err
		}
		other, err := c.copies[1].page(b.ID, from, upto)
		if err != nil {
			return err
		}
		for i, seq := 0, from; seq <= upto; i, seq = i+1, seq+1 {
			if i >= min(len(one), len(other)) || one[i] != other[i] || one[i].Seq != seq {
				return fmt.Errorf("post %d differs, or is missing", seq)
			}
		}
		c.Posts += int64(len(one))
		c.progress.tell("comparing room "+a.Name.Shown, int64(upto), int64(to))
		from = upto + 1
	}
	return nil
}

// page reads the posts from … to … of a room.
func (s *sharedCopy) page(room int64, from, to uint64) (posts []history.Post, err error) {
	err = s.Each("SELECT "+db.PostColumns+" FROM post WHERE room = ? AND seq BETWEEN ? AND ? ORDER BY seq", func(row *db.Row) error {
		var p db.PostRow
		err := p.Scan(row, &s.sums)
		posts = append(posts, p.Post)
		return err
	}, room, db.Signed(from), db.Signed(to))
	if err != nil {
		err = fmt.Errorf("%s: %w", s.path, err)
	}
	return posts, err
}

// compareAccounts compares the accounts, in the order of their IDs.
func (c *Comparison) compareAccounts() error {
	var all [2]map[uint64]account.Account
	ids := map[uint64]bool{}
	for i, s := range c.copies {
		all[i] = map[uint64]account.Account{}
		err := s.AllAccounts(func(a account.Account) error {
			all[i][a.ID], ids[a.ID] = a, true
			return nil
		})
		if err != nil {
			return fmt.Errorf("%s: %w", s.path, err)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		if c.Accounts++; !reflect.DeepEqual(all[0][id], all[1][id]) {
			c.problem("the account of id %d differs", id)
		}
	}
	return nil
}

// compareValues compares what the log has left beside rooms, posts and accounts.
func (c *Comparison) compareValues() error {
	values := map[string][]byte{}
	err := c.copies[0].Values(func(key, value []byte) error {
		values[string(key)] = value
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.copies[0].path, err)
	}
	err = c.copies[1].Values(func(key, value []byte) error {
		if was, ok := values[string(key)]; !ok || !bytes.Equal(was, value) {
			c.problem("the row of key %x of the shared log differs", key)
		}
		delete(values, string(key))
		return nil
	})
	for _, key := range slices.Sorted(maps.Keys(values)) {
		c.problem("the row of key %x of the shared log is in one of them only", key)
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", c.copies[1].path, err)
	}
	return err
}
