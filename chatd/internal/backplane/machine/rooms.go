package machine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"linechat/chatd/internal/backplane"
	"linechat/chatd/internal/history"
	"linechat/chatd/proto"
)

// rooms are all rooms. The zero value is none.
type rooms struct {
	byFold     map[string]*room
	bySkeleton map[string]*room
	counts     history.Counts
}

// A room is what verdicts depend on of a room.
type room struct {
	name    proto.Name
	owner   history.Owner
	made    time.Time
	head    uint64
	last    int64 // time of post head, in Unix nanoseconds
	members map[backplane.SessionID]bool
}

// changeRoom makes a change of a room.
func (s *State) changeRoom(item *Item) {
	v := &item.Verdict
	switch c := item.Change.(type) {
	case *backplane.Posts:
		s.post(c, item)
	case *backplane.Create:
		v.Wait, v.Err = s.create(&c.Room, s.quotaOfCreates(c))
	case *backplane.SetTopic:
		_, v.Err = s.room(c.Fold)
	case *backplane.Drop:
		v.Err = s.drop(c.Fold, func(*room) bool { return true })
	case *backplane.DropUnused:
		v.Err = s.drop(c.Fold, func(r *room) bool {
			return r.owner.Guest && r.head == 0 && len(r.members) == 0 && r.made.Before(c.Before)
		})
	case *backplane.Import:
		s.importRoom(c, item)
	}
}

// room returns a room. history.ErrNoRoom.
func (s *State) room(fold string) (*room, error) {
	if r := s.rooms.byFold[fold]; r != nil {
		return r, nil
	}
	return nil, history.ErrNoRoom
}

// create makes a room, and returns how long to wait with backplane.ErrTooSoon.
func (s *State) create(r *history.Room, of quota) (time.Duration, error) {
	if s.rooms.taken(r.Name) {
		return 0, history.ErrExists
	}
	if err := backplane.MayCreate(&s.rooms.counts, r.Owner, s.settings.maxRooms()); err != nil {
		return 0, err
	}
	if wait := s.use(of); wait > 0 {
		return wait, backplane.ErrTooSoon
	}
	r.First, r.Head = 1, 0
	s.rooms.add(r)
	return 0, nil
}

// importRoom makes a room that may have posts, or adds posts to it.
func (s *State) importRoom(c *backplane.Import, item *Item) {
	if len(c.Posts) > 0 {
		r, err := s.room(c.Room.Name.Fold)
		if err != nil {
			item.Verdict.Err = err
			return
		}
		for i := range c.Posts {
			r.number(&c.Posts[i], c.Posts[i].Time.UnixNano())
		}
		item.Stored = c.Posts
		return
	}
	if s.rooms.taken(c.Room.Name) {
		item.Verdict.Err = history.ErrExists
		return
	}
	c.Room.First = max(1, c.Room.First)
	c.Room.Head = c.Room.First - 1
	s.rooms.add(&c.Room)
}

func (rs *rooms) taken(name proto.Name) bool {
	return rs.byFold[name.Fold] != nil || rs.bySkeleton[name.Skeleton] != nil
}

func (rs *rooms) add(of *history.Room) {
	if rs.byFold == nil {
		rs.byFold, rs.bySkeleton = map[string]*room{}, map[string]*room{}
	}
	r := &room{name: of.Name, owner: of.Owner, made: of.Made, head: of.Head}
	if !of.Last.IsZero() {
		r.last = of.Last.UnixNano()
	}
	rs.byFold[r.name.Fold], rs.bySkeleton[r.name.Skeleton] = r, r
	rs.counts.Add(r.owner, 1)
}

// loadRoom loads a room of a copy.
func (s *State) loadRoom(r history.Room) error {
	s.rooms.add(&r)
	return nil
}

// number gives the next post of a room its number, and its time: that of its record, or of
// the post before it if that is later.
func (r *room) number(p *history.Post, recorded int64) {
	r.head++
	r.last = max(r.last, recorded)
	p.Seq, p.Time = r.head, time.Unix(0, r.last)
}

// drop deletes a room that may be, with its ONCE keys, and its members leave it.
func (s *State) drop(fold string, may func(*room) bool) error {
	r, err := s.room(fold)
	if err != nil {
		return err
	}
	if !may(r) {
		return history.ErrNoRoom
	}
	for _, id := range slices.SortedFunc(maps.Keys(r.members), bySessionID) {
		s.leave(s.epochs.session(id), fold)
	}
	s.forgetKeys(fold)
	delete(s.rooms.byFold, fold)
	delete(s.rooms.bySkeleton, r.name.Skeleton)
	s.rooms.counts.Add(r.owner, -1)
	return nil
}

func bySessionID(a, b backplane.SessionID) int {
	return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Session, b.Session))
}
